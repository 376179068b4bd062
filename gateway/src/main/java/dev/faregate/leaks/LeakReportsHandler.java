package dev.faregate.leaks;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.http.Response;
import dev.faregate.keys.Exposures;
import java.security.PublicKey;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// `POST /hooks/leaks/{origin}`: GitHub or GitLab reports texts that look like keys of ours. Nothing is read,
/// and nothing is answered about any text, before the signature is found good.
public final class LeakReportsHandler {
    private final Exposures exposures;
    private final Map<Reporter, SigningKeys> reporters;

    LeakReportsHandler(Exposures exposures, Map<Reporter, SigningKeys> reporters) {
        this.exposures = exposures;
        this.reporters = Map.copyOf(reporters);
    }

    /// Answers with a label for each finding: whether it is a key of this server, dead or alive. The text
    /// itself does not travel back, only its hash. The same report again changes nothing, so it may be sent
    /// again.
    public Response report(Request request) {
        Reporter reporter = Reporter.find(request.head().pathParameter("origin"))
                .filter(reporters::containsKey)
                .orElseThrow(
                        () -> new ApiException(
                                new ApiError.NotFound(
                                        "Reports of that origin are not taken here. The operator has to name its signing keys first.")));
        requireSignature(reporter, request);
        Findings findings = Findings.of(request.body());
        List<Exposures.Report> candidates = findings.all().stream()
                .filter(Findings.Finding::ours)
                .map(Findings.Finding::report)
                .toList();
        Set<String> known = exposures.report(reporter.origin(), candidates);
        return Response.json(200, json -> {
            json.writeStartArray();
            for (Findings.Finding finding : findings.all()) {
                String hash = finding.secret().hex();
                json.writeStartObject();
                json.writeStringProperty("token_hash", hash);
                json.writeStringProperty("token_type", finding.type());
                json.writeStringProperty("label", known.contains(hash) ? "true_positive" : "false_positive");
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private void requireSignature(Reporter reporter, Request request) {
        RequestHead head = request.head();
        String identifier = head.header(reporter.keyHeader());
        String signature = head.header(reporter.signatureHeader());
        if (identifier == null || signature == null) {
            throw refused("Reports are signed: the headers " + reporter.keyHeader() + " and "
                    + reporter.signatureHeader() + " are needed.");
        }
        SigningKeys keys = Objects.requireNonNull(reporters.get(reporter));
        PublicKey key = keys.find(identifier).orElseThrow(() -> refused("The key of this signature is not known."));
        if (!Signatures.verifies(key, request.body(), signature)) {
            throw refused("This is not the signature of this report.");
        }
    }

    private static ApiException refused(String message) {
        return new ApiException(new ApiError.Unauthenticated("signature", message));
    }
}
