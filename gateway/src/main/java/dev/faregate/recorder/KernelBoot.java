package dev.faregate.recorder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The name of this start of the kernel. What a process stored in a mapped file outlives the process and not
/// the kernel, so evidence of another start proves nothing by what it does not say.
final class KernelBoot {
    private static final Path LINUX = Path.of("/proc/sys/kernel/random/boot_id");
    private static final int MAX_LENGTH = 64;

    private KernelBoot() {}

    /// Empty where the system does not tell; such a name is like no other, not even itself.
    static String id() {
        try {
            String id = Files.readString(LINUX).strip();
            return id.length() <= MAX_LENGTH ? id : "";
        } catch (IOException e) {
            return "";
        }
    }
}
