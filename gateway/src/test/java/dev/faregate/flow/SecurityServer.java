package dev.faregate.flow;

import dev.faregate.accounts.Departures;
import dev.faregate.accounts.SecurityParts;
import dev.faregate.accounts.SignIns;
import dev.faregate.accounts.SsoParts;
import dev.faregate.base.Ids;
import dev.faregate.byok.Sealer;
import dev.faregate.byok.TestMasterKey;
import dev.faregate.http.EdgeServer;
import dev.faregate.http.EdgeSettings;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.identity.MemberEnd;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.identity.Sessions;
import dev.faregate.keys.Rig;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.providers.EgressGuard;
import dev.faregate.providers.Outbound;
import dev.faregate.providers.UpstreamClient;
import dev.faregate.providers.UpstreamSettings;
import dev.faregate.server.Routes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/// The pages about security on a real listener, and one route that stands for the sign-in page: `POST /test/sign-in`
/// takes the field `person` for a password that was right. Its public address is at `localhost`, where browsers have
/// passkeys.
final class SecurityServer implements AutoCloseable {
    final Rig rig;
    final Pages pages;
    final SecurityParts parts;
    final SsoParts sso;
    private final EdgeServer edge;
    private final List<AutoCloseable> made;

    /// Nobody holds a guardrail here.
    private static final MemberEnd NOTHING = new MemberEnd() {
        @Override
        public void end(Tx tx, String organizationId, String userId) {}

        @Override
        public void ended(String organizationId) {}
    };

    private SecurityServer(
            Rig rig, Pages pages, SecurityParts parts, SsoParts sso, EdgeServer edge, List<AutoCloseable> made) {
        this.rig = rig;
        this.pages = pages;
        this.parts = parts;
        this.sso = sso;
        this.edge = edge;
        this.made = made;
    }

    static SecurityServer start(Database.Kind kind) {
        Rig rig = new Rig(kind);
        AtomicReference<String> address = new AtomicReference<>("");
        Pages pages = new Pages(new Sessions(rig.database), address::get, false);
        Sealer sealer = new Sealer(TestMasterKey.shared());
        SecurityParts parts = SecurityParts.make(rig.database, pages, sealer);
        Set<String> allowed = Set.of("127.0.0.1");
        UpstreamClient client = new UpstreamClient(UpstreamSettings.DEFAULTS, new EgressGuard(allowed));
        Outbound outbound = new Outbound(client);
        SsoParts sso = SsoParts.make(
                rig.database, pages, sealer, parts, new Departures(rig.store, rig.keys, NOTHING), outbound, allowed);
        List<Route> routes = new ArrayList<>(pages.own());
        routes.addAll(Routes.security(pages, parts));
        routes.addAll(Routes.sso(pages, sso));
        routes.add(pages.open("POST", "/test/sign-in", visit -> signIn(rig, parts, visit)));
        EdgeServer edge = EdgeServer.start(
                EdgeSettings.defaults().host("127.0.0.1").port(0).build(), routes);
        address.set("http://localhost:" + edge.port());
        return new SecurityServer(rig, pages, parts, sso, edge, List.of(edge, outbound, client));
    }

    private static Response signIn(Rig rig, SecurityParts parts, Visit visit) {
        return parts.signIns()
                .proven(
                        visit,
                        new SignIns.Proven(visit.form().text("person", 40), rig.organizationId, rig.workspaceId),
                        Session.Method.PASSWORD,
                        visit.next());
    }

    /// A fresh member of the organization.
    String person(Role role) {
        String id = Ids.next().toString();
        rig.database.write(tx -> {
            rig.members.createPerson(tx, id, id + "@example.com", "Ada", "Lovelace");
            rig.members.join(tx, rig.organizationId, id, role);
            return null;
        });
        return id;
    }

    int port() {
        return edge.port();
    }

    String url() {
        return pages.publicUrl();
    }

    /// A browser whose person has just typed the right password.
    PageClient withPassword(String person) {
        PageClient client = new PageClient(port());
        client.get("/sign-in/passkey");
        client.post("/test/sign-in", "person", person, "next", "/account/security");
        return client;
    }

    /// The session of a browser that is signed in.
    Session session(PageClient client) {
        String token = client.cookies.getOrDefault("faregate_session", "");
        return pages.sessions().find(token, Persons.head()).orElseThrow();
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable each : made) {
            each.close();
        }
    }
}
