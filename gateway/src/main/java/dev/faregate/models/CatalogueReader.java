package dev.faregate.models;

import dev.faregate.base.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads the catalogue that ships inside the jar (made by `tools/catalogue/build.py`), or one in the same
/// shape.
public final class CatalogueReader {
    private static final String SHIPPED = "/catalogue/catalogue.json";

    private CatalogueReader() {}

    /// The shipped catalogue, with every provider allowed.
    public static Catalogue shipped() {
        try (InputStream in = CatalogueReader.class.getResourceAsStream(SHIPPED)) {
            if (in == null) {
                throw new IllegalStateException(SHIPPED + " is not in the jar");
            }
            return read(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A catalogue from JSON text. Throws [CatalogueException] naming what is wrong, and what
    /// [Json#readObject] throws for text that is no JSON object.
    public static Catalogue read(byte[] json) {
        Fields file = Fields.of(Json.readObject(json), "catalogue");
        String asOf = file.text("as_of");
        Map<String, UpstreamProvider> providers = new LinkedHashMap<>();
        for (Fields entry : file.objects("providers")) {
            UpstreamProvider provider = ModelParser.provider(entry, null);
            if (providers.put(provider.slug(), provider) != null) {
                throw entry.wrong("slug", "given twice");
            }
        }
        ModelParser parser = new ModelParser(providers, midnight(file, asOf));
        List<Model> models = new ArrayList<>();
        for (Fields entry : file.objects("models")) {
            models.add(parser.model(entry, null));
        }
        return Catalogue.of(asOf, file.text("source"), providers, models);
    }

    private static long midnight(Fields file, String day) {
        try {
            return LocalDate.parse(day).atStartOfDay(ZoneOffset.UTC).toEpochSecond();
        } catch (DateTimeParseException e) {
            throw file.wrong("as_of", "not a day such as 2026-01-31");
        }
    }
}
