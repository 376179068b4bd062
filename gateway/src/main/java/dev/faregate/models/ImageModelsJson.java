package dev.faregate.models;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.chat.ImageSize;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JsonGenerator;

/// The models that make images, as the contract lists them (2.2, `GET /images/models`); pure
/// functions of a snapshot. They show usable models only.
final class ImageModelsJson {
    private static final String MODELS = "/api/v1/images/models/";
    private static final String STREAM = "stream";
    private static final int PICO_SCALE = 12;

    /// Contract 2.1, `n` and `input_references`.
    private static final int MOST_IMAGES = 10;

    private static final int MOST_REFERENCES = 16;
    private static final int MOST_COMPRESSION = 100;

    private ImageModelsJson() {}

    /// `GET /images/models`.
    static byte[] list(Catalogue catalogue, EndpointRule rule) {
        List<Model> all = catalogue.usable().stream()
                .filter(Model::draws)
                .map(rule::restrict)
                .filter(Model::isUsable)
                .toList();
        return Json.write(json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            all.forEach(model -> writeModel(json, model));
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /// `GET /images/models/{author}/{slug}/endpoints`, cheapest first. 404 for what is unknown or
    /// makes no images.
    static byte[] endpoints(Catalogue catalogue, String author, String slug) {
        Model model = ModelsJson.usable(catalogue, author + "/" + slug);
        if (!model.draws()) {
            throw new ApiException(new ApiError.NotFound("Model " + model.id() + " is not an image model."));
        }
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringProperty("id", model.id());
            json.writeArrayPropertyStart("endpoints");
            model.usable().forEach(endpoint -> writeEndpoint(json, endpoint));
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void writeModel(JsonGenerator json, Model model) {
        Set<String> parameters = new LinkedHashSet<>();
        model.usable().forEach(endpoint -> parameters.addAll(endpoint.supportedParameters()));
        json.writeStartObject();
        json.writeStringProperty("id", model.id());
        json.writeStringProperty("name", model.name());
        json.writeStringProperty("description", model.description() == null ? "" : model.description());
        json.writeNumberProperty("created", model.created());
        json.writeObjectPropertyStart("architecture");
        ModelsJson.writeTexts(json, "input_modalities", model.inputModalities());
        ModelsJson.writeTexts(json, "output_modalities", model.outputModalities());
        json.writeEndObject();
        writeParameters(json, parameters);
        json.writeBooleanProperty("supports_streaming", model.usable().stream().anyMatch(ImageModelsJson::streams));
        json.writeStringProperty("endpoints", MODELS + model.id() + "/endpoints");
        json.writeEndObject();
    }

    private static void writeEndpoint(JsonGenerator json, ModelEndpoint endpoint) {
        json.writeStartObject();
        json.writeStringProperty("provider_name", endpoint.provider().name());
        json.writeStringProperty("provider_slug", endpoint.provider().slug());
        json.writeStringProperty("provider_tag", endpoint.tag());
        writeParameters(json, endpoint.supportedParameters());
        json.writeArrayPropertyStart("allowed_passthrough_parameters");
        json.writeEndArray();
        json.writeBooleanProperty("supports_streaming", streams(endpoint));
        json.writeArrayPropertyStart("pricing");
        Rates rates = endpoint.prices().base();
        writePrice(json, rates, Rate.IMAGE_OUTPUT, "output_image", "image");
        writePrice(json, rates, Rate.COMPLETION, "output_image", "token");
        writePrice(json, rates, Rate.PROMPT, "input_text", "token");
        writePrice(json, rates, Rate.IMAGE_TOKEN, "input_image", "token");
        writePrice(json, rates, Rate.IMAGE, "input_image", "image");
        json.writeEndArray();
        json.writeEndObject();
    }

    private static boolean streams(ModelEndpoint endpoint) {
        return endpoint.provider().isRouter() || endpoint.supports(STREAM);
    }

    private static void writePrice(JsonGenerator json, Rates rates, Rate rate, String billable, String unit) {
        if (!rates.has(rate) || rates.get(rate) == 0) {
            return;
        }
        json.writeStartObject();
        json.writeStringProperty("billable", billable);
        json.writeStringProperty("unit", unit);
        json.writeNumberProperty(
                "cost_usd", BigDecimal.valueOf(rates.get(rate), PICO_SCALE).stripTrailingZeros());
        json.writeEndObject();
    }

    private static void writeParameters(JsonGenerator json, Set<String> parameters) {
        json.writeObjectPropertyStart("supported_parameters");
        for (String name : Vocabulary.IMAGE_PARAMETERS) {
            if (parameters.contains(name)) {
                writeParameter(json, name);
            }
        }
        json.writeEndObject();
    }

    /// What values a parameter takes (contract 2.1, `POST /images`).
    private static void writeParameter(JsonGenerator json, String name) {
        switch (name) {
            case "n" -> writeRange(json, name, 1, MOST_IMAGES);
            case "output_compression" -> writeRange(json, name, 0, MOST_COMPRESSION);
            case "input_references" -> writeRange(json, name, 0, MOST_REFERENCES);
            case "resolution" -> writeChoice(json, name, List.of("512", "1K", "2K", "4K"));
            case "aspect_ratio" -> writeChoice(json, name, ImageSize.SHAPES);
            case "quality" -> writeChoice(json, name, List.of("auto", "low", "medium", "high"));
            case "background" -> writeChoice(json, name, List.of("auto", "transparent", "opaque"));
            case "output_format" -> writeChoice(json, name, List.of("png", "jpeg", "webp", "svg"));
            case "seed" -> {
                json.writeObjectPropertyStart(name);
                json.writeStringProperty("type", "boolean");
                json.writeEndObject();
            }
            default -> {} // `stream` has a flag of its own
        }
    }

    private static void writeRange(JsonGenerator json, String name, int least, int most) {
        json.writeObjectPropertyStart(name);
        json.writeStringProperty("type", "range");
        json.writeNumberProperty("min", least);
        json.writeNumberProperty("max", most);
        json.writeEndObject();
    }

    private static void writeChoice(JsonGenerator json, String name, List<String> values) {
        json.writeObjectPropertyStart(name);
        json.writeStringProperty("type", "enum");
        ModelsJson.writeTexts(json, "values", values);
        json.writeEndObject();
    }
}
