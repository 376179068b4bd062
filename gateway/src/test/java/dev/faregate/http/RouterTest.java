package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {
    private static Route route(String line) {
        String[] parts = line.split(" ");
        return Route.blocking(parts[0], parts[1], Access.PUBLIC, _ -> Response.text(200, ""));
    }

    private static Router router(String... lines) {
        return new Router(Arrays.stream(lines).map(RouterTest::route).toList());
    }

    private static final Router ROUTER = router(
            "GET /",
            "GET /v1/models",
            "GET /v1/models/count",
            "GET /v1/models/{author}/{slug}/endpoints",
            "GET /v1/keys/{hash}",
            "PATCH /v1/keys/{id}",
            "POST /v1/keys",
            "GET /v1/keys",
            "GET /v1/keys/current",
            "OPTIONS /v1/own",
            "GET /v1/own",
            "HEAD /v1/own",
            "GET /a/{x}/c",
            "GET /a/b/d");

    /// The pattern that answers and the parameters it takes, or why none does.
    private static String meets(String method, String path) {
        return switch (ROUTER.match(method, path)) {
            case Router.Match.Found(var route, var parameters, var bodiless) ->
                route.method() + " " + route.pattern() + (parameters.isEmpty() ? "" : " " + parameters)
                        + (bodiless ? " bodiless" : "");
            case Router.Match.WrongMethod(var allow) -> "allow " + allow;
            case Router.Match.Options(var allow) -> "options " + allow;
            case Router.Match.Nothing() -> "nothing";
        };
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET     | /                               | GET /
            GET     | /v1/models                      | GET /v1/models
            HEAD    | /v1/models                      | GET /v1/models bodiless
            GET     | /v1/models/count                | GET /v1/models/count
            GET     | /v1/models/a/b/endpoints        | GET /v1/models/{author}/{slug}/endpoints {author=a, slug=b}
            GET     | /v1/models/a/b%3Afree/endpoints | GET /v1/models/{author}/{slug}/endpoints {author=a, slug=b:free}
            GET     | /v1/models/a/b%2525/endpoints   | GET /v1/models/{author}/{slug}/endpoints {author=a, slug=b%25}
            GET     | /v1/models/a                    | nothing
            GET     | /v1/models/a/b                  | nothing
            GET     | /v1/models/a/b/endpoints/c      | nothing
            GET     | /v1/%6Dodels                    | GET /v1/models
            GET     | /V1/models                      | nothing
            GET     | /v1                             | nothing
            GET     | /v2/models                      | nothing
            GET     | /v1/keys/abc                    | GET /v1/keys/{hash} {hash=abc}
            PATCH   | /v1/keys/abc                    | PATCH /v1/keys/{id} {id=abc}
            GET     | /v1/keys/%C3%A9                 | GET /v1/keys/{hash} {hash=é}
            GET     | /v1/keys/current                | GET /v1/keys/current
            PATCH   | /v1/keys/current                | PATCH /v1/keys/{id} {id=current}
            DELETE  | /v1/keys/abc                    | allow GET, HEAD, OPTIONS, PATCH
            DELETE  | /v1/keys                        | allow GET, HEAD, OPTIONS, POST
            get     | /v1/keys                        | allow GET, HEAD, OPTIONS, POST
            OPTIONS | /v1/keys                        | options GET, HEAD, OPTIONS, POST
            OPTIONS | /v1/own                         | OPTIONS /v1/own
            HEAD    | /v1/own                         | HEAD /v1/own
            GET     | /a/b/c                          | GET /a/{x}/c {x=b}
            GET     | /a/b/d                          | GET /a/b/d
            GET     | /a/x/d                          | nothing
            """)
    void findsTheRoute(String method, String path, String expected) {
        assertThat(meets(method, path)).isEqualTo(expected);
    }

    @Test
    void aPathWithoutParametersIsFoundWithoutAllocating() {
        assertThat(ROUTER.match("GET", "/v1/models")).isSameAs(ROUTER.match("GET", "/v1/models"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /a,GET /a",
                "GET /a/{x},GET /a/{y}",
                "GET /{a}/b,GET /{c}/b",
                "GET /a/{x}/{x}",
                "GET a",
                "GET /a/",
                "GET /a//b",
                "GET /a/{x",
                "GET /a/{}",
                "GET /a/x{y}",
                "GET /a%20b",
                "G%T /a"
            })
    void contradictingOrMalformedRoutesStopTheStart(String lines) {
        assertThatThrownBy(() -> router(lines.split(","))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /                          | / {}
            //                         | / {}
            /a/b                       | /a/b {}
            //a///b//                  | /a/b {}
            /a/b/                      | /a/b {}
            /a%3Ab                     | /a%3Ab {}
            /...                       | /... {}
            /a..b/.c                   | /a..b/.c {}
            /a?                        | /a {}
            /a?b                       | /a {b=[]}
            /a?b=c&b=d&e=              | /a {b=[c, d], e=[]}
            /a?x=%41+b%2B&y=/../%2f    | /a {x=[A b+], y=[/..//]}
            http://h:1                 | / {}
            https://h:1/a?b=c          | /a {b=[c]}
            HTTP://H:1?b=c             | / {b=[c]}
            """)
    void readsTargets(String raw, String expected) {
        Target target = Target.parse(raw, "h:1");

        assertThat(target.path() + " " + target.query()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "a",
                "h:1",
                "ftp://h:1/",
                "http://other/",
                "http://u@h:1/",
                "http:///a",
                "/..",
                "/.",
                "/a/../b",
                "/%2e%2e/a",
                "/.%2E",
                "/a%2fb",
                "/a%2Fb",
                "/a%5Cb",
                "/a%00",
                "/a%1f",
                "/a%7F",
                "/%",
                "/%1",
                "/%g0",
                "/%0g",
                "/a;b",
                "/a;",
                "/a#b",
                "/a?b#c",
                "/a\\b",
                "/a b",
                "/a\"",
                "/<a>",
                "/{a}",
                "/a|b",
                "/a^b",
                "/é",
                "/%ff",
                "/%c0%ae",
                "/%ed%a0%80",
                "/a?b=%",
                "/a?b=%00",
                "/a?b=%ff",
                "/a?b= c"
            })
    void refusesTargetsThatCouldBeReadInTwoWays(String raw) {
        assertThatThrownBy(() -> Target.parse(raw, "h:1")).isInstanceOf(dev.faregate.base.ApiException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a              | true
            a.b-c:80       | true
            127.0.0.1:8080 | true
            [::1]          | true
            [::1]:80       | true
            a:             | true
            [::1           | false
            ::1            | false
            a]             | false
            []             | false
            [a]b           | false
            :80            | false
            a:80:80        | false
            a:999999       | false
            a b            | false
            a/b            | false
            a@b            | false
            a#b            | false
            é              | false
            """)
    void knowsAHost(String host, boolean good) {
        assertThat(FramingGuard.isHost(host)).isEqualTo(good);
    }

    @Test
    void parametersAreNamedByTheRouteThatAnswers() {
        Router router = router("GET /x/{a}/{b}/{c}");
        assertThat(router.match("GET", "/x/1/2/3"))
                .isInstanceOfSatisfying(
                        Router.Match.Found.class,
                        found -> assertThat(found.parameters())
                                .containsExactlyEntriesOf(
                                        new java.util.TreeMap<>(Map.of("a", "1", "b", "2", "c", "3"))));
        assertThat(List.of(router.match("GET", "/x/1/2"), router.match("GET", "/x/1/2/3/4")))
                .allMatch(Router.Match.Nothing.class::isInstance);
    }
}
