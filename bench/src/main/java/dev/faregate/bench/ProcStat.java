package dev.faregate.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// CPU time and memory of a process and all its children, from Linux's `/proc` (proc(5)).
final class ProcStat {
    /// USER_HZ: what `/proc` counts in on every Linux that Java runs on, whatever the kernel's own tick
    /// is.
    static final int TICKS_PER_SECOND = 100;

    private static final Path PROC = Path.of("/proc");
    /// utime and stime are fields 14 and 15 of proc(5); after the command's closing bracket comes field
    /// 3.
    private static final int UTIME_AFTER_COMMAND = 14 - 3;
    private static final String RSS = "VmRSS:";
    /// In the name of a compiler's thread, of which Linux keeps 15 characters.
    private static final String COMPILER = " CompilerThre";

    private ProcStat() {}

    /// True where there is a `/proc` to read.
    static boolean available() {
        return Files.isReadable(PROC.resolve("self/stat"));
    }

    /// The processes of the tree under `root`, each with its CPU time so far in ticks (all threads, ended
    /// ones too).
    static Map<Long, Long> ticks(long root) {
        Map<Long, Long> found = new HashMap<>();
        for (long pid : tree(root)) {
            String stat = read(PROC.resolve(pid + "/stat"));
            if (!stat.isEmpty()) found.put(pid, ticksIn(stat));
        }
        return found;
    }

    /// CPU time so far, in ticks, of the threads of the tree under `root` that compile Java code while it runs; 0 for
    /// programs that have none.
    static long compilerTicks(long root) {
        long sum = 0;
        for (long pid : tree(root)) {
            for (Path task : tasks(pid)) {
                String stat = read(task.resolve("stat"));
                if (stat.contains(COMPILER)) sum += ticksIn(stat);
            }
        }
        return sum;
    }

    private static List<Path> tasks(long pid) {
        try (Stream<Path> tasks = Files.list(PROC.resolve(pid + "/task"))) {
            return tasks.toList();
        } catch (IOException | UncheckedIOException e) {
            // The process has ended.
            return List.of();
        }
    }

    /// CPU seconds used between two calls of `ticks`. A process that is in only one of them counts with
    /// what that one says: all it used when it is new, nothing when it has ended.
    static double secondsBetween(Map<Long, Long> before, Map<Long, Long> after) {
        long sum = 0;
        for (Map.Entry<Long, Long> process : after.entrySet()) {
            sum += process.getValue() - before.getOrDefault(process.getKey(), 0L);
        }
        return (double) sum / TICKS_PER_SECOND;
    }

    /// Resident memory of the tree under `root`, bytes.
    static long residentBytes(long root) {
        long sum = 0;
        for (long pid : tree(root)) sum += residentIn(read(PROC.resolve(pid + "/status")));
        return sum;
    }

    /// utime + stime of one line of `/proc/PID/stat`. The command may hold spaces and brackets itself, so
    /// counting starts after the last closing one.
    static long ticksIn(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split("\\s+");
        return Long.parseLong(fields[UTIME_AFTER_COMMAND]) + Long.parseLong(fields[UTIME_AFTER_COMMAND + 1]);
    }

    /// The resident bytes that a `/proc/PID/status` names; 0 for a process without memory, such as one
    /// that is ending.
    static long residentIn(String status) {
        return status.lines()
                .filter(line -> line.startsWith(RSS))
                .mapToLong(line -> Long.parseLong(
                                line.substring(RSS.length()).replace("kB", "").strip())
                        * 1024)
                .findFirst()
                .orElse(0);
    }

    /// The name of a process's program; empty when it is gone.
    static String command(long pid) {
        return read(PROC.resolve(pid + "/comm")).strip();
    }

    static List<Long> tree(long root) {
        return ProcessHandle.of(root)
                .map(handle -> Stream.concat(Stream.of(handle), handle.descendants())
                        .map(ProcessHandle::pid)
                        .toList())
                .orElse(List.of());
    }

    /// Empty when the process ended in the meantime.
    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            // A process that ends while its file is read answers ESRCH.
            if (!Files.exists(file)) return "";
            throw new UncheckedIOException(e);
        }
    }
}
