package dev.faregate.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Where servers, callers, provider and database meet. Where root may make network namespaces each server
/// gets one, with a cable to a bridge that can be pulled: packets vanish and nobody is told, in both
/// directions and towards everybody at once, as a machine that falls off the network does. Elsewhere all
/// meet on loopback, and only [FaultProxy] breaks things.
///
/// Everything it makes is named after this process, and nothing leads out of the machine.
final class ChaosNetwork implements AutoCloseable {
    private static final String PREFIX =
            "fg" + Long.toString(ProcessHandle.current().pid() % 100_000, 36);
    private static final int COMMAND_SECONDS = 10;

    /// The place of one server: its address, and what a command needs in front to run there.
    record Place(InetAddress address, List<String> prefix) {}

    private final List<String> undo = new ArrayList<>();
    private final boolean cables;
    private final InetAddress host;
    private final String subnet;

    private ChaosNetwork(boolean cables, String subnet, InetAddress host) {
        this.cables = cables;
        this.subnet = subnet;
        this.host = host;
    }

    /// Makes the bridge, or settles for loopback where that is not allowed.
    static ChaosNetwork open() {
        long third = ProcessHandle.current().pid() % 254 + 1;
        String subnet = "10.213." + third + ".";
        ChaosNetwork wired = new ChaosNetwork(true, subnet, address(subnet + 1));
        // Namespaces outlive whoever made them, also a run that was interrupted.
        Runtime.getRuntime().addShutdownHook(new Thread(wired::close));
        try {
            wired.make("ip link add " + PREFIX + " type bridge", "ip link del " + PREFIX);
            run("ip addr add " + subnet + "1/24 dev " + PREFIX);
            run("ip link set " + PREFIX + " up");
            // Namespaces and cables may be refused where a bridge is not.
            wired.place(250);
            return wired;
        } catch (IOException e) {
            wired.close();
            return new ChaosNetwork(false, "", InetAddress.getLoopbackAddress());
        }
    }

    /// Whether cables can be pulled.
    boolean hasCables() {
        return cables;
    }

    /// Where provider and database are.
    InetAddress host() {
        return host;
    }

    /// A place for server `number`, from 0 on.
    Place place(int number) throws IOException {
        if (!cables) {
            return new Place(host, List.of());
        }
        String name = PREFIX + "n" + number;
        String own = subnet + (number + 2);
        make("ip netns add " + name, "ip netns del " + name);
        run("ip link add " + cable(number) + " type veth peer name eth0 netns " + name);
        run("ip link set " + cable(number) + " master " + PREFIX + " up");
        run("ip -n " + name + " addr add " + own + "/24 dev eth0");
        run("ip -n " + name + " link set eth0 up");
        run("ip -n " + name + " link set lo up");
        return new Place(address(own), List.of("ip", "netns", "exec", name));
    }

    /// From now on nothing reaches server `number` and nothing comes from it.
    void pull(int number) throws IOException {
        run("ip link set " + cable(number) + " down");
    }

    void plug(int number) throws IOException {
        run("ip link set " + cable(number) + " up");
    }

    private static String cable(int number) {
        return PREFIX + "v" + number;
    }

    private void make(String command, String reverse) throws IOException {
        run(command);
        undo.addFirst(reverse);
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static void run(String command) throws IOException {
        Process process =
                new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(command + ": " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(command + " was interrupted", e);
        }
    }

    @Override
    public synchronized void close() {
        for (String command : undo) {
            try {
                run(command);
            } catch (IOException e) {
                System.err.println("left behind: " + e.getMessage());
            }
        }
        undo.clear();
    }
}
