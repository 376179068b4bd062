package dev.faregate.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/// What every command's exit code means; shown by every `--help`.
public enum Exit {
    OK(0, "done"),
    FAILED(1, "it did not work, or a check found something"),
    USAGE(2, "the command line or the configuration is wrong"),
    UNREACHABLE(3, "the server or the database cannot be reached"),
    DISK_FAILED(4, "the disk failed while the server ran; look at it, then start again");

    private final int code;
    private final String meaning;

    Exit(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    public int code() {
        return code;
    }

    static Map<String, String> table() {
        Map<String, String> table = new LinkedHashMap<>();
        for (Exit exit : values()) {
            table.put(Integer.toString(exit.code), exit.meaning);
        }
        return table;
    }
}
