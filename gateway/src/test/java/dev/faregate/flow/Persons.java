package dev.faregate.flow;

import dev.faregate.base.Ids;
import dev.faregate.http.RequestHead;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.identity.Sessions;
import dev.faregate.storage.Database;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/// Makes people who are signed in, past the sign-in page: for tests of what comes after it.
final class Persons {
    /// A person of the default organization; `token` is what the browser's cookie holds.
    record Person(String userId, String organizationId, String workspaceId, String token) {}

    private Persons() {}

    static Person signedIn(TestServer server, Role role, String email) {
        Database database = server.faregate.database();
        OrganizationStore organizations = new OrganizationStore();
        MemberStore members = new MemberStore();
        Sessions sessions = new Sessions(database);
        RequestHead head = head();
        String userId = Ids.next().toString();
        return database.write(tx -> {
            Organization organization =
                    organizations.findBySlug(tx, OrganizationStore.DEFAULT_SLUG).orElseThrow();
            String workspace =
                    organizations.defaultWorkspace(tx, organization.id()).id();
            members.createPerson(tx, userId, email, null, null);
            members.join(tx, organization.id(), userId, role);
            String token = sessions.open(tx, userId, organization.id(), workspace, Session.Method.PASSWORD, false, head)
                    .reveal();
            return new Person(userId, organization.id(), workspace, token);
        });
    }

    /// Another browser of that person; its token.
    static String again(TestServer server, Person person) {
        Database database = server.faregate.database();
        return database.write(tx -> new Sessions(database)
                .open(
                        tx,
                        person.userId(),
                        person.organizationId(),
                        person.workspaceId(),
                        Session.Method.PASSWORD,
                        false,
                        head())
                .reveal());
    }

    /// The head of a request from this machine.
    static RequestHead head() {
        return new RequestHead(
                "test",
                "POST",
                "/",
                Map.of(),
                Map.<String, List<String>>of(),
                EmptyHttpHeaders.INSTANCE,
                InetAddress.getLoopbackAddress(),
                0);
    }

    /// A client that is that person.
    static PageClient client(TestServer server, Person person) {
        PageClient client = new PageClient(server.port());
        client.cookies.put("faregate_session", person.token());
        return client;
    }
}
