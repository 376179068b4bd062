package dev.faregate.accounts;

/// Who takes a mail off our hands.
@FunctionalInterface
interface MailSender {
    /// `forGood`: another attempt would end like this one. `words` never quote the mail.
    record Result(boolean sent, boolean forGood, String words) {
        static final Result SENT = new Result(true, false, "");
    }

    /// Blocks, for a bounded time.
    Result send(Mail mail);
}
