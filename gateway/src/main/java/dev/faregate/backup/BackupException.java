package dev.faregate.backup;

/// A backup that cannot be made or put back, with a sentence for the operator. Nothing is left half done.
public final class BackupException extends RuntimeException {
    BackupException(String sentence) {
        super(sentence, null, false, false);
    }
}
