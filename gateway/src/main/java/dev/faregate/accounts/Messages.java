package dev.faregate.accounts;

import dev.faregate.http.Response;
import dev.faregate.pages.Visit;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Pages that several ways end in.
final class Messages {
    static final Problem TOO_MANY_MAILS = Problem.of("Too many mails were asked for from your network. Wait an hour.");

    private static final int GONE = 410;

    private Messages() {}

    /// A page that says one thing and leads on.
    static Response page(Visit visit, int status, String title, String text, String action, String href) {
        return visit.page(
                status, "accounts/message.jte", title, "", Map.of("text", text, "action", action, "href", href));
    }

    /// The same for every address.
    static Response checkYourMail(Visit visit, String email) {
        return page(
                visit,
                200,
                "Look into your mail",
                "If " + email
                        + " can be used for this, a mail is on its way to it. The link in it works once. Nothing there"
                        + " after some minutes? Look among the unwanted mail.",
                "Back to sign-in",
                "/sign-in");
    }

    static Response deadLink(Visit visit, String remedy, String action, String href) {
        return page(
                visit,
                GONE,
                "This link works no more",
                "It was used already, replaced by a newer one, or its time is over. " + remedy,
                action,
                href);
    }

    /// The form that somebody new fills in: name and password.
    static Response newcomer(
            Visit visit,
            int status,
            String title,
            String target,
            String email,
            String token,
            int minLength,
            @Nullable Problem problem) {
        Map<String, Object> values = new HashMap<>();
        values.put("target", target);
        values.put("email", email);
        values.put("token", token);
        values.put("name", String.join("", visit.form().all(PersonName.FIELD, Integer.MAX_VALUE)));
        values.put("minLength", minLength);
        values.put("problem", problem);
        return visit.page(status, "accounts/newcomer.jte", title, "", values);
    }
}
