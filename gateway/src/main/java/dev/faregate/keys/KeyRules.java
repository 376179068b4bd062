package dev.faregate.keys;

import dev.faregate.http.AddressList;
import org.jspecify.annotations.Nullable;

/// What may be said of a key besides the contract's fields: what it does with a request that is not
/// affordable (null: its workspace decides), a tag such as `production`, where it may be used from (null:
/// anywhere), and how fast. `readOnly`: it was given to an app that may only look (OAuth scope `read`).
public record KeyRules(
        @Nullable Unaffordable unaffordable,
        @Nullable String environment,
        @Nullable AddressList allowedIps,
        RateLimits rates,
        boolean readOnly) {
    /// Characters of an environment's name.
    public static final int MAX_ENVIRONMENT = 50;

    public static final KeyRules NONE = new KeyRules(null, null, null, RateLimits.NONE);

    /// The rules of a key that may do all that its kind may.
    public KeyRules(
            @Nullable Unaffordable unaffordable,
            @Nullable String environment,
            @Nullable AddressList allowedIps,
            RateLimits rates) {
        this(unaffordable, environment, allowedIps, rates, false);
    }

    /// The same rules for a key that may only look, or not only.
    public KeyRules withReadOnly(boolean only) {
        return new KeyRules(unaffordable, environment, allowedIps, rates, only);
    }

    /// These rules as a body changes them: what it does not name stays. The same object when it names
    /// none.
    KeyRules patched(KeyFields fields) {
        boolean named = fields.has("unaffordable")
                || fields.has("environment")
                || fields.has("allowed_ips")
                || fields.has("rate_limits");
        if (!named) {
            return this;
        }
        return new KeyRules(
                fields.has("unaffordable") ? fields.unaffordable() : unaffordable,
                fields.has("environment") ? fields.environment() : environment,
                fields.has("allowed_ips") ? fields.allowedIps() : allowedIps,
                fields.has("rate_limits") ? fields.rateLimits() : rates,
                readOnly);
    }
}
