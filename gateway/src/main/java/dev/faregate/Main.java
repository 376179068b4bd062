package dev.faregate;

/// The program's entry: hands the arguments to the command line.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {}
}
