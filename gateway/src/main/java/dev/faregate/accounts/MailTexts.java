package dev.faregate.accounts;

import dev.faregate.base.Secret;
import dev.faregate.identity.Role;
import dev.faregate.keys.Exposure;
import dev.faregate.usage.SpendAlert;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What our mails say. Links begin with the address that the operator gave, whatever a request said in Host. Names that
/// people chose are stripped of all that a mail program could make a link of.
final class MailTexts {
    private static final int MAX_NAME = 80;
    private static final int MAX_PLACE = 500;
    private static final Pattern PLACE = Pattern.compile("https?://[!-~]+");
    private static final DateTimeFormatter MINUTES =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Supplier<String> publicUrl;

    MailTexts(Supplier<String> publicUrl) {
        this.publicUrl = publicUrl;
    }

    /// The address of a link that works once.
    Secret link(String path, Secret token) {
        return Secret.of(publicUrl.get() + path + "?token=" + token.reveal());
    }

    Mail confirmSignUp(String to, Secret token) {
        return mail(to, "Confirm your address", """
                Somebody, probably you, wants an account with this address.

                Choose your password here:
                %s

                The link works once, for 24 hours. If it was not you, do nothing: without this link there is no account.
                """, link("/sign-up/confirm", token));
    }

    Mail alreadySignedUp(String to) {
        return mail(to, "You have an account already", """
                Somebody, probably you, asked for an account with this address. There is one already.

                Sign in: %s

                If you do not know the password any more, choose "Forgot your password?" there. If it was not you, do nothing.
                """, Secret.of(publicUrl.get() + "/sign-in"));
    }

    Mail reset(String to, Secret token) {
        return mail(to, "Choose a new password", """
                Somebody, probably you, asked for a new password.

                Choose it here:
                %s

                The link works once, for 30 minutes. If it was not you, do nothing: your password stays as it is.
                """, link("/reset/choose", token));
    }

    Mail confirmEmail(String to, Secret token) {
        return mail(to, "Confirm your address", """
                Please confirm that this address is yours:
                %s

                The link works once, for 24 hours. If you did not ask for this, do nothing.
                """, link("/account/email/confirm", token));
    }

    Mail invitation(String to, String inviter, String organization, Role role, Secret token) {
        return mail(
                to,
                "You are invited to " + plain(organization),
                plain(inviter) + " invites you to join " + plain(organization) + " as " + role.word() + ".\n\n" + """
                        Join here:
                        %s

                        The link is for you alone and works for 7 days. If you do not know what this is about, do nothing.
                        """,
                link("/invitation", token));
    }

    Mail passwordChanged(String to) {
        return mail(to, "Your password was changed", """
                The password of your account was changed just now, and all other sessions were ended.

                If it was not you, choose a new one at once:
                %s
                """, Secret.of(publicUrl.get() + "/reset"));
    }

    Mail emailChanged(String to) {
        return mail(to, "Your address was changed", """
                Your account goes by another e-mail address from now on; nothing more is sent to this one.

                If it was not you, ask an owner of your organization, or whoever runs this server:
                %s
                """, Secret.of(publicUrl.get()));
    }

    /// A key was found where others can read it. `path` is the page of the key.
    Mail keyExposed(String to, String organization, Exposure exposure, String path) {
        String text = "The API key %s of %s (%s) was found where others can read it."
                        .formatted(quoted(exposure.key().name()), plain(organization), exposure.label())
                + "\n\nWhere: "
                + place(exposure.url())
                + "\nReported by: " + exposure.origin().words()
                + "\nWhen: " + MINUTES.format(exposure.at()) + " UTC"
                + "\n\n" + done(exposure.outcome()) + "\n\n" + """
                What to do now:
                1. Open the key and press "Revoke and replace". Name, limit and guardrails stay:
                   %s
                2. Put the new secret where the old one was used.
                3. Take the old one out of the place where it was found. Deleting the line is not enough where a history is kept.
                4. Look at what the key spent since then, on the same page.
                """;
        return mail(to, "An API key of yours was found in public", text, Secret.of(publicUrl.get() + path));
    }

    private static String done(Exposure.Outcome outcome) {
        return switch (outcome) {
            case KEY_DISABLED ->
                "The key is disabled: nothing is answered with it any more, and what was running for it was stopped.";
            case SECRET_ENDED ->
                "That secret has ended: nothing is answered with it any more. The other secrets of the key still work.";
            case TOLD ->
                "Nothing was done, because your organization wants only to be told: whoever found the key can use it.";
            case WAS_DEAD -> "It could not be used any more.";
        };
    }

    /// The address as far as it is one that can stand in a mail.
    private static String place(@Nullable String url) {
        return url != null && url.length() <= MAX_PLACE && PLACE.matcher(url).matches() ? url : "not said";
    }

    private static String quoted(String name) {
        return '"' + plain(name, "without a name") + '"';
    }

    /// `words` go on after the name of the key and hold figures only.
    Mail unusualSpend(String to, SpendAlert.Subject key, String words) {
        String name = quoted(key.name());
        return mail(
                to,
                "Unusual spend of the key " + name,
                "The key %s (%s) of %s %s.".formatted(name, key.label(), plain(key.organizationName()), words)
                        + "\n\n" + """
                        See what it spends, and if this was not meant to be, disable it, rotate its secret or lower its limit there:
                        %s

                        There is one such mail for a key and a day. You get it because you made the key, or are an owner or admin of \
                        the organization; owners and admins can switch these alerts off on the page of members.
                        """,
                Secret.of(publicUrl.get() + "/settings/keys/" + key.hash()));
    }

    private Mail mail(String to, String subject, String text, Secret link) {
        return new Mail(
                to,
                subject,
                Secret.of("Hello,\n\n" + text.replace("%s", link.reveal()) + "\n-- \nFaregate at " + publicUrl.get()
                        + "\n"));
    }

    private static String plain(String name) {
        return plain(name, "an organization");
    }

    private static String plain(String name, String nameless) {
        String plain = name.replaceAll("[^\\p{L}\\p{N} ,'&()-]", " ")
                .replaceAll(" +", " ")
                .strip();
        return plain.isEmpty() ? nameless : plain.substring(0, Math.min(plain.length(), MAX_NAME));
    }
}
