package dev.faregate.server;

import dev.faregate.accounts.AccountParts;
import dev.faregate.accounts.GroupMappingsHandler;
import dev.faregate.accounts.SecurityParts;
import dev.faregate.accounts.SsoParts;
import dev.faregate.byok.ByokHandler;
import dev.faregate.dashboard.DashboardParts;
import dev.faregate.governance.GovernanceParts;
import dev.faregate.guardrails.AssignmentsHandler;
import dev.faregate.guardrails.GuardrailsHandler;
import dev.faregate.handbook.HandbookPages;
import dev.faregate.http.Access;
import dev.faregate.http.ErrorShape;
import dev.faregate.http.Handler;
import dev.faregate.http.NotThere;
import dev.faregate.http.Route;
import dev.faregate.inference.RequestHandler;
import dev.faregate.inference.SkinHandler;
import dev.faregate.inference.TokenCountHandler;
import dev.faregate.insight.InsightParts;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.keys.KeyHandler;
import dev.faregate.keys.KeyListHandler;
import dev.faregate.keys.KeysHandler;
import dev.faregate.leaks.LeakParts;
import dev.faregate.models.ModelsHandler;
import dev.faregate.oauth.OAuthErrors;
import dev.faregate.oauth.OauthParts;
import dev.faregate.oauth.RegistrationParts;
import dev.faregate.observability.DestinationsHandler;
import dev.faregate.pages.Pages;
import dev.faregate.presets.PresetsHandler;
import dev.faregate.providers.ByokTestHandler;
import dev.faregate.skins.AnthropicErrors;
import dev.faregate.system.SystemParts;
import dev.faregate.usage.CreditEntriesHandler;
import dev.faregate.usage.CreditsHandler;
import dev.faregate.usage.GenerationHandler;
import dev.faregate.usage.UsageParts;
import dev.faregate.watch.WatchParts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Everything this server answers. A route that is not here does not exist; each one names who may use
/// it.
public final class Routes {
    /// What guardrails are assigned to by hand; a workspace has its default one.
    private static final List<SubjectKind> ASSIGNABLE =
            List.of(SubjectKind.KEY, SubjectKind.MEMBER, SubjectKind.ENVIRONMENT, SubjectKind.ORGANIZATION);

    /// Where the API is mounted (design D1).
    private static final List<String> BASES = List.of("/api/v1", "/v1");

    /// What scripts of other pages may call: all that a bearer credential opens, and how an app in a
    /// browser comes to one. The page where people consent is not among them.
    public static List<String> crossOriginPaths() {
        List<String> paths = new ArrayList<>(List.of(
                "/oauth/token", "/oauth/revoke", "/oauth/register", "/oauth/device_authorization", "/.well-known/"));
        BASES.forEach(base -> paths.add(base + "/"));
        return paths;
    }

    private Routes() {}

    /// The handlers of the API.
    public record Handlers(
            RequestHandler chat,
            RequestHandler embeddings,
            RequestHandler rerank,
            RequestHandler images,
            RequestHandler transcriptions,
            SkinHandler messages,
            TokenCountHandler messageTokens,
            SkinHandler responses,
            SkinHandler completions,
            ModelsHandler models,
            KeyHandler key,
            KeysHandler keys,
            KeyListHandler keyList,
            CreditsHandler credits,
            CreditEntriesHandler creditEntries,
            GenerationHandler generation,
            OauthParts oauth,
            SpacesParts spaces,
            GroupMappingsHandler groupMappings,
            ByokHandler byok,
            ByokTestHandler byokTest,
            DestinationsHandler destinations,
            GuardrailsHandler guardrails,
            AssignmentsHandler assignments,
            UsageParts usage,
            LeakParts leaks,
            HealthHandler health) {}

    /// The routes of the public listener. `modelsPublic` opens the model lists to callers without a key
    /// (design D5).
    public static List<Route> api(Handlers on, boolean modelsPublic) {
        Access lists = modelsPublic ? Access.OPTIONAL_KEY : Access.ANY_KEY;
        List<Route> routes = new ArrayList<>();
        for (String base : BASES) {
            routes.add(Route.relay("POST", base + "/chat/completions", Access.INFERENCE, on.chat()));
            routes.add(Route.relay("POST", base + "/embeddings", Access.INFERENCE, on.embeddings()));
            routes.add(Route.relay("POST", base + "/rerank", Access.INFERENCE, on.rerank()));
            routes.add(Route.relay("POST", base + "/images", Access.INFERENCE, on.images()));
            routes.add(Route.relay("POST", base + "/images/generations", Access.INFERENCE, on.images()));
            routes.add(Route.relay("POST", base + "/audio/transcriptions", Access.INFERENCE, on.transcriptions()));
            routes.add(Route.relay("POST", base + "/messages", Access.INFERENCE, on.messages())
                    .withErrors(AnthropicErrors.SHAPE));
            routes.add(Route.relay("POST", base + "/messages/count_tokens", Access.INFERENCE, on.messageTokens())
                    .withErrors(AnthropicErrors.SHAPE));
            routes.add(Route.relay("POST", base + "/responses", Access.INFERENCE, on.responses()));
            routes.add(Route.relay("POST", base + "/completions", Access.INFERENCE, on.completions()));

            routes.add(get(base + "/models", lists, on.models()::list));
            routes.add(get(base + "/embeddings/models", lists, on.models()::embeddings));
            routes.add(get(base + "/images/models", lists, on.models()::images));
            routes.add(get(base + "/images/models/{author}/{slug}/endpoints", lists, on.models()::imageEndpoints));
            routes.add(get(base + "/models/count", lists, on.models()::count));
            routes.add(get(base + "/models/user", Access.INFERENCE, on.models()::user));
            routes.add(get(base + "/models/{id}", lists, on.models()::openAiModel));
            routes.add(get(base + "/models/{author}/{slug}", lists, on.models()::openAiModelByAuthor));
            routes.add(get(base + "/models/{author}/{slug}/endpoints", lists, on.models()::endpoints));
            routes.add(get(base + "/model/{author}/{slug}", lists, on.models()::model));
            routes.add(get(base + "/providers", lists, on.models()::providers));
            routes.add(get(base + "/endpoints/zdr", lists, on.models()::zdrEndpoints));

            routes.add(get(base + "/key", Access.ANY_KEY, on.key()::handle));
            routes.add(get(base + "/auth/key", Access.ANY_KEY, on.key()::handle));
            routes.add(get(base + "/keys", Access.MANAGEMENT, on.keyList()::list));
            routes.add(Route.blocking("POST", base + "/keys", Access.MANAGEMENT, on.keys()::create));
            routes.add(get(base + "/keys/{hash}", Access.MANAGEMENT, on.keys()::get));
            routes.add(Route.blocking("PATCH", base + "/keys/{hash}", Access.MANAGEMENT, on.keys()::update));
            routes.add(Route.blocking("DELETE", base + "/keys/{hash}", Access.MANAGEMENT, on.keys()::delete));

            routes.add(Route.blocking("POST", base + "/keys/{hash}/rotate", Access.MANAGEMENT, on.keys()::rotate));

            credits(routes, base, on);
            routes.addAll(usage(base, on.generation(), on.usage()));

            routes.add(Route.blocking(
                    "POST", base + "/auth/keys", Access.PUBLIC, on.oauth().authKeys()::exchange));
            routes.add(Route.blocking(
                    "POST",
                    base + "/auth/keys/code",
                    Access.MANAGEMENT,
                    on.oauth().authKeys()::code));
            routes.add(Route.blocking(
                            "POST",
                            base + "/oauth/authorization",
                            Access.PUBLIC,
                            on.oauth().authorization()::handle)
                    .withErrors(OAuthErrors.SHAPE));
            routes.add(Route.blocking(
                            "POST",
                            base + "/oauth/token",
                            Access.PUBLIC,
                            on.oauth().token()::handleEither)
                    .withErrors(OAuthErrors.SHAPE));
            spaces(routes, base, on.spaces());
            routes.addAll(on.groupMappings().routes(base + "/scim"));
            byok(routes, base, on.byok(), on.byokTest());
            observability(routes, base + "/observability/destinations", on.destinations());
            guardrails(routes, base + "/guardrails", on.guardrails(), on.assignments());
        }
        leaks(routes, on.leaks());
        routes.addAll(health(on.health()));
        BASES.forEach(base -> routes.addAll(Refusal.routes(base, List.copyOf(routes))));
        ApiDocs docs = new ApiDocs(() -> List.copyOf(routes));
        routes.add(get("/openapi.json", Access.PUBLIC, docs::document));
        routes.add(get("/docs/api", Access.PUBLIC, docs::page));
        return routes;
    }

    /// What the pages are made of.
    public record PageHandlers(
            Pages pages,
            OauthParts oauth,
            AppParts apps,
            DashboardParts dashboard,
            InsightParts insight,
            GovernanceParts governance,
            WatchParts watch,
            SystemParts system,
            SecurityParts security,
            SsoParts sso,
            AccountParts accounts) {}

    /// The pages, for people in browsers. Each one is open to everybody, or asks for a session.
    public static List<Route> pages(PageHandlers on) {
        List<Route> routes = new ArrayList<>(on.pages().own());
        routes.addAll(consent(on.pages(), on.oauth()));
        apps(routes, on.pages(), on.apps());
        routes.addAll(on.dashboard().keys(on.pages()));
        routes.addAll(on.dashboard().others(on.pages()));
        routes.addAll(on.insight().routes(on.pages()));
        routes.addAll(on.governance().routes(on.pages()));
        routes.addAll(on.watch().routes(on.pages()));
        routes.addAll(on.system().routes(on.pages()));
        routes.addAll(security(on.pages(), on.security()));
        routes.addAll(sso(on.pages(), on.sso()));
        entrance(routes, on.pages(), on.accounts());
        accounts(routes, on.pages(), on.accounts());
        clients(routes, on.pages(), on.oauth().registrations());
        routes.addAll(new HandbookPages(on.pages()).routes());
        return routes;
    }

    /// How OAuth clients are registered, and the devices that use them.
    private static void clients(List<Route> routes, Pages pages, RegistrationParts on) {
        String clients = "/settings/clients";
        routes.add(pages.signedIn("GET", clients, on.clientsPage()::show));
        routes.add(pages.signedIn("POST", clients, on.clientsPage()::create));
        routes.add(pages.signedIn("POST", clients + "/{id}/secret", on.clientsPage()::rotate));
        routes.add(pages.signedIn("POST", clients + "/{id}/delete", on.clientsPage()::delete));
        routes.add(pages.signedIn("GET", "/device", on.devicePage()::show));
        routes.add(pages.signedIn("POST", "/device", on.devicePage()::answer));
    }

    /// Connected apps, and the rankings.
    private static void apps(List<Route> routes, Pages pages, AppParts on) {
        routes.add(pages.open("GET", "/rankings", on.rankings()::show));
        routes.add(pages.signedIn("POST", "/rankings/opt-out", on.rankings()::optOut));
        routes.add(pages.signedIn("GET", "/settings/apps", on.connected()::show));
        routes.add(pages.signedIn("POST", "/settings/apps/{id}/revoke", on.connected()::revoke));
    }

    /// Where people give apps a key.
    public static List<Route> consent(Pages pages, OauthParts on) {
        return List.of(
                pages.signedIn("GET", "/auth", on.auth()::show),
                pages.signedIn("POST", "/auth", on.auth()::answer),
                pages.signedIn("GET", "/oauth/authorize", on.authorize()::show),
                pages.signedIn("POST", "/oauth/authorize", on.authorize()::answer));
    }

    /// OAuth for programs (RFC 6749, 7009, 7591, 7662, 8414, 8628, 9728), whose failures are told as
    /// they read them. They describe themselves by their metadata, so they are not in our document.
    public static List<Route> oauth(OauthParts on) {
        String server = "/.well-known/oauth-authorization-server";
        String openId = "/.well-known/openid-configuration";
        String resource = "/.well-known/oauth-protected-resource";
        List<Route> routes = new ArrayList<>();
        routes.add(Route.blocking("POST", "/oauth/token", Access.PUBLIC, on.token()::handle));
        routes.add(Route.blocking("POST", "/oauth/revoke", Access.PUBLIC, on.care()::revoke));
        routes.add(Route.blocking("POST", "/oauth/introspect", Access.PUBLIC, on.care()::introspect));
        RegistrationParts clients = on.registrations();
        routes.add(Route.blocking("POST", "/oauth/register", Access.PUBLIC, clients.registration()::register));
        routes.add(Route.blocking("POST", "/oauth/device_authorization", Access.PUBLIC, clients.devices()::authorize));
        for (String path : List.of(server, server + "/{path}", openId, openId + "/{path}", "/{path}" + openId)) {
            routes.add(get(path, Access.PUBLIC, on.metadata()::server));
        }
        routes.add(get(resource, Access.PUBLIC, on.metadata()::resource));
        BASES.forEach(base -> routes.add(get(resource + base, Access.PUBLIC, on.metadata()::resource)));
        return routes.stream().map(route -> route.withErrors(OAuthErrors.SHAPE)).toList();
    }

    /// Sign-in at identity providers, and what owners say about them; the directory's own protocol.
    public static List<Route> sso(Pages pages, SsoParts on) {
        List<Route> routes = new ArrayList<>();
        routes.add(pages.open("GET", "/sign-in/sso/{id}", on.page()::start));
        routes.add(pages.open("GET", "/sign-in/sso/{id}/callback", on.page()::callback));
        String connection = "/account/security/sso/{id}";
        routes.add(pages.signedIn("POST", connection + "/connect", on.page()::connect));
        routes.add(pages.signedIn("GET", connection + "/connect", on.page()::goOnConnecting));
        routes.add(pages.signedIn("POST", connection + "/disconnect", on.page()::disconnect));

        String settings = "/settings/sso";
        routes.add(pages.signedIn("GET", settings, on.settings()::list));
        routes.add(pages.signedIn("POST", settings, on.settings()::create));
        routes.add(pages.signedIn("GET", settings + "/new", on.settings()::fresh));
        routes.add(pages.signedIn("POST", settings + "/directory", on.settings()::makeToken));
        routes.add(pages.signedIn("POST", settings + "/directory/roles", on.settings()::saveRoles));
        routes.add(pages.signedIn("POST", settings + "/directory/delete", on.settings()::deleteDirectory));
        routes.add(pages.signedIn("GET", settings + "/groups", on.groupsPage()::list));
        routes.add(pages.signedIn("POST", settings + "/groups", on.groupsPage()::add));
        routes.add(pages.signedIn("POST", settings + "/groups/{id}/remove", on.groupsPage()::remove));
        routes.add(pages.signedIn("GET", settings + "/{id}", on.settings()::edit));
        routes.add(pages.signedIn("POST", settings + "/{id}", on.settings()::update));
        routes.add(pages.signedIn("POST", settings + "/{id}/delete", on.settings()::delete));
        routes.addAll(on.scim().routes());
        return routes;
    }

    /// What people show besides passwords, and where they are signed in.
    public static List<Route> security(Pages pages, SecurityParts on) {
        List<Route> routes = new ArrayList<>();
        routes.add(pages.open("GET", "/sign-in/step", on.step()::step));
        routes.add(pages.open("POST", "/sign-in/step", on.step()::code));
        routes.add(pages.open("POST", "/sign-in/step/recovery", on.step()::recovery));
        routes.add(pages.open("POST", "/sign-in/step/passkey", on.step()::stepPasskey));
        routes.add(pages.open("GET", "/sign-in/passkey", on.step()::passkey));
        routes.add(pages.open("POST", "/sign-in/passkey", on.step()::passkeyShown));

        String path = "/account/security";
        routes.add(pages.signedIn("GET", path, on.page()::page));
        routes.add(pages.signedIn("POST", path + "/sessions/end-others", on.page()::endOthers));
        routes.add(pages.signedIn("POST", path + "/sessions/{id}/end", on.page()::endSession));
        routes.add(pages.signedIn("POST", path + "/totp", on.page()::beginTotp));
        routes.add(pages.signedIn("POST", path + "/totp/confirm", on.page()::confirmTotp));
        routes.add(pages.signedIn("POST", path + "/totp/remove", on.page()::removeTotp));
        routes.add(pages.signedIn("GET", path + "/passkeys/new", on.page()::newPasskey));
        routes.add(pages.signedIn("POST", path + "/passkeys", on.page()::addPasskey));
        routes.add(pages.signedIn("POST", path + "/passkeys/{id}/remove", on.page()::removePasskey));
        routes.add(pages.signedIn("POST", path + "/recovery", on.page()::freshCodes));
        routes.add(pages.signedIn("GET", path + "/proof", on.proof()::page));
        routes.add(pages.signedIn("POST", path + "/proof", on.proof()::code));
        routes.add(pages.signedIn("POST", path + "/proof/password", on.proof()::password));
        routes.add(pages.signedIn("POST", path + "/proof/passkey", on.proof()::passkey));
        routes.add(pages.signedIn("POST", path + "/proof/again", on.proof()::again));
        return routes;
    }

    /// How people come to have an account, and in.
    private static void entrance(List<Route> routes, Pages pages, AccountParts on) {
        routes.add(pages.open("GET", Pages.SIGN_IN, on.signIn()::show));
        routes.add(pages.open("POST", Pages.SIGN_IN, on.signIn()::signIn));
        routes.add(pages.open("POST", "/sign-out", on.signIn()::signOut));
        routes.add(pages.open("GET", "/sign-up", on.signUpPages()::show));
        routes.add(pages.open("POST", "/sign-up", on.signUpPages()::ask));
        routes.add(pages.open("GET", "/sign-up/confirm", on.signUpPages()::confirm));
        routes.add(pages.open("POST", "/sign-up/confirm", on.signUpPages()::create));
        routes.add(pages.open("GET", "/reset", on.reset()::show));
        routes.add(pages.open("POST", "/reset", on.reset()::send));
        routes.add(pages.open("GET", "/reset/choose", on.reset()::choose));
        routes.add(pages.open("POST", "/reset/choose", on.reset()::change));
        routes.add(pages.open("GET", "/invitation", on.invitation()::show));
        routes.add(pages.open("POST", "/invitation", on.invitation()::accept));
        routes.add(pages.open("GET", "/setup", on.setup()::show));
        routes.add(pages.open("POST", "/setup", on.setup()::createOwner));
        routes.add(pages.signedIn("GET", "/setup/models", on.setup()::models));
        routes.add(pages.signedIn("GET", "/setup/key", on.setup()::key));
        routes.add(pages.signedIn("POST", "/setup/key", on.setup()::createKey));
    }

    /// What people are, and in which organizations.
    private static void accounts(List<Route> routes, Pages pages, AccountParts on) {
        routes.add(pages.signedIn("GET", "/account", on.account()::show));
        routes.add(pages.signedIn("POST", "/account/name", on.account()::rename));
        routes.add(pages.signedIn("POST", "/account/email", on.account()::changeEmail));
        routes.add(pages.signedIn("POST", "/account/email/verify", on.account()::verifyEmail));
        routes.add(pages.open("GET", "/account/email/confirm", on.account()::confirmEmail));
        routes.add(pages.open("POST", "/account/email/confirm", on.account()::setEmail));
        routes.add(pages.signedIn("POST", "/account/password", on.account()::changePassword));
        routes.add(pages.signedIn("POST", "/account/organization", on.account()::look));
        routes.add(pages.signedIn("POST", "/account/leave", on.account()::leave));

        String one = "/settings/members/{id}";
        routes.add(pages.signedIn("GET", "/settings/members", on.members()::list));
        routes.add(pages.signedIn("POST", "/settings/members/invite", on.members()::invite));
        routes.add(pages.signedIn("GET", one, on.members()::show));
        routes.add(pages.signedIn("POST", one + "/role", on.members()::changeRole));
        routes.add(pages.signedIn("POST", one + "/remove", on.members()::remove));
        routes.add(pages.signedIn("POST", "/settings/invitations/{id}/revoke", on.members()::revoke));
        routes.add(pages.signedIn("POST", "/settings/invitations/{id}/resend", on.members()::resend));
        routes.add(pages.signedIn("POST", "/settings/organization/name", on.members()::renameOrganization));
        routes.add(pages.signedIn("POST", "/settings/organization/alerts", on.members()::switchAlerts));
        routes.add(pages.signedIn("POST", "/settings/organization/exposed-keys", on.members()::choosePolicy));
    }

    /// What a browser gets at an address that is not there. Below these paths there are only programs.
    public static NotThere notThere(Pages pages) {
        Map<String, ErrorShape> shapes = new HashMap<>();
        BASES.forEach(base -> shapes.put(base + "/messages", AnthropicErrors.SHAPE));
        return new NotThere(
                pages.notThere(),
                List.of("/api", "/v1", "/scim", "/oauth", "/.well-known", "/hooks", "/credentials"),
                shapes);
    }

    /// Workspaces, their budgets and members, the organization, presets, and the audit log.
    private static void spaces(List<Route> routes, String base, SpacesParts on) {
        String one = base + "/workspaces/{id}";
        routes.add(get(base + "/workspaces", Access.MANAGEMENT, on.workspaces()::list));
        routes.add(Route.blocking("POST", base + "/workspaces", Access.MANAGEMENT, on.workspaces()::create));
        routes.add(get(one, Access.MANAGEMENT, on.workspaces()::get));
        routes.add(Route.blocking("PATCH", one, Access.MANAGEMENT, on.workspaces()::update));
        routes.add(Route.blocking("DELETE", one, Access.MANAGEMENT, on.workspaces()::delete));

        String budget = one + "/budgets/{interval}";
        routes.add(get(one + "/budgets", Access.MANAGEMENT, on.budgets()::list));
        routes.add(get(budget, Access.MANAGEMENT, on.budgets()::get));
        routes.add(Route.blocking("PUT", budget, Access.MANAGEMENT, on.budgets()::put));
        routes.add(Route.blocking("DELETE", budget, Access.MANAGEMENT, on.budgets()::delete));

        routes.add(get(one + "/members", Access.MANAGEMENT, on.members()::list));
        routes.add(Route.blocking("POST", one + "/members/add", Access.MANAGEMENT, on.members()::add));
        routes.add(Route.blocking("POST", one + "/members/remove", Access.MANAGEMENT, on.members()::remove));

        String settings = base + "/organization/settings";
        routes.add(get(base + "/organization/members", Access.MANAGEMENT, on.organization()::members));
        routes.add(get(settings, Access.MANAGEMENT, on.organization()::settings));
        routes.add(Route.blocking("PATCH", settings, Access.MANAGEMENT, on.organization()::update));
        routes.add(get(base + "/audit-events", Access.MANAGEMENT, on.audit()::list));
        presets(routes, base + "/presets", on.presets());
    }

    /// Either kind of key keeps presets; only a management key switches them off.
    private static void presets(List<Route> routes, String base, PresetsHandler on) {
        String one = base + "/{slug}";
        routes.add(get(base, Access.ANY_KEY, on::list));
        routes.add(get(one, Access.ANY_KEY, on::get));
        routes.add(Route.blocking("PATCH", one, Access.MANAGEMENT, on::update));
        routes.add(get(one + "/versions", Access.ANY_KEY, on::versions));
        routes.add(get(one + "/versions/{version}", Access.ANY_KEY, on::version));
        routes.add(Route.blocking("POST", one + "/chat/completions", Access.ANY_KEY, on::fromChat));
        routes.add(Route.blocking("POST", one + "/messages", Access.ANY_KEY, on::fromMessages));
        routes.add(Route.blocking("POST", one + "/responses", Access.ANY_KEY, on::fromResponses));
    }

    private static void credits(List<Route> routes, String base, Handlers on) {
        routes.add(get(base + "/credits", Access.MANAGEMENT, on.credits()::handle));
        routes.add(Route.blocking("PATCH", base + "/credits", Access.MANAGEMENT, on.credits()::update));
        routes.add(Route.blocking("POST", base + "/credits/coinbase", Access.PUBLIC, on.credits()::coinbase));
        routes.add(get(base + "/credits/entries", Access.MANAGEMENT, on.creditEntries()::list));
        routes.add(Route.blocking("POST", base + "/credits/entries", Access.MANAGEMENT, on.creditEntries()::create));
        routes.add(get(base + "/credits/entries/{id}", Access.MANAGEMENT, on.creditEntries()::get));
    }

    /// What is said about keys that were found in public. None of it needs a key.
    private static void leaks(List<Route> routes, LeakParts on) {
        routes.add(Route.blocking("POST", "/hooks/leaks/{origin}", Access.PUBLIC, on.reports()::report));
        routes.add(Route.blocking("POST", "/hooks/verify/trufflehog", Access.PUBLIC, on.truffleHog()::verify));
        routes.add(Route.blocking("POST", "/credentials/revoke", Access.PUBLIC, on.revoke()::revoke));
    }

    private static void guardrails(
            List<Route> routes, String path, GuardrailsHandler on, AssignmentsHandler assignments) {
        String one = path + "/{id}";
        routes.add(get(path, Access.MANAGEMENT, on::list));
        routes.add(Route.blocking("POST", path, Access.MANAGEMENT, on::create));
        routes.add(get(one, Access.MANAGEMENT, on::get));
        routes.add(Route.blocking("PATCH", one, Access.MANAGEMENT, on::update));
        routes.add(Route.blocking("DELETE", one, Access.MANAGEMENT, on::delete));
        routes.add(get(one + "/hits", Access.MANAGEMENT, on::hits));
        for (SubjectKind kind : ASSIGNABLE) {
            String word = kind == SubjectKind.ORGANIZATION ? kind.word() : kind.word() + "s";
            String all = path + "/assignments/" + word;
            String those = one + "/assignments/" + word;
            routes.add(get(all, Access.MANAGEMENT, assignments.all(kind)));
            routes.add(get(those, Access.MANAGEMENT, assignments.ofOne(kind)));
            routes.add(Route.blocking("POST", those, Access.MANAGEMENT, assignments.assigning(kind)));
            routes.add(Route.blocking("POST", those + "/remove", Access.MANAGEMENT, assignments.removing(kind)));
        }
    }

    private static List<Route> usage(String base, GenerationHandler generation, UsageParts usage) {
        return List.of(
                get(base + "/generation", Access.ANY_KEY, generation::handle),
                get(base + "/generation/content", Access.ANY_KEY, generation::content),
                Route.blocking("POST", base + "/generation/feedback", Access.MANAGEMENT, generation::feedback),
                get(base + "/activity", Access.MANAGEMENT, usage.activity()::handle),
                get(base + "/analytics/meta", Access.MANAGEMENT, usage.analytics()::meta),
                Route.blocking("POST", base + "/analytics/query", Access.MANAGEMENT, usage.analytics()::query),
                get(base + "/datasets/app-rankings", Access.ANY_KEY, usage.datasets()::apps),
                get(base + "/datasets/rankings-daily", Access.ANY_KEY, usage.datasets()::models),
                get(base + "/datasets/session-cost", Access.ANY_KEY, usage.datasets()::sessions));
    }

    /// The routes of the admin listener, which is for the operator's own network.
    public static List<Route> admin(HealthHandler health, MetricsHandler metrics) {
        List<Route> routes = new ArrayList<>(health(health));
        routes.add(get("/metrics", Access.PUBLIC, metrics::handle));
        return routes;
    }

    private static void byok(List<Route> routes, String base, ByokHandler keys, ByokTestHandler test) {
        routes.add(get(base + "/byok", Access.MANAGEMENT, keys::list));
        routes.add(Route.blocking("POST", base + "/byok", Access.MANAGEMENT, keys::create));
        routes.add(get(base + "/byok/{id}", Access.MANAGEMENT, keys::get));
        routes.add(Route.blocking("PATCH", base + "/byok/{id}", Access.MANAGEMENT, keys::update));
        routes.add(Route.blocking("DELETE", base + "/byok/{id}", Access.MANAGEMENT, keys::delete));
        routes.add(Route.blocking("POST", base + "/byok/{id}/test", Access.MANAGEMENT, test::handle));
    }

    private static void observability(List<Route> routes, String path, DestinationsHandler destinations) {
        routes.add(get(path, Access.MANAGEMENT, destinations::list));
        routes.add(Route.blocking("POST", path, Access.MANAGEMENT, destinations::create));
        routes.add(get(path + "/{id}", Access.MANAGEMENT, destinations::get));
        routes.add(Route.blocking("PATCH", path + "/{id}", Access.MANAGEMENT, destinations::update));
        routes.add(Route.blocking("DELETE", path + "/{id}", Access.MANAGEMENT, destinations::delete));
    }

    private static List<Route> health(HealthHandler health) {
        return List.of(
                get("/health/live", Access.PUBLIC, health::live), get("/health/ready", Access.PUBLIC, health::ready));
    }

    private static Route get(String pattern, Access access, Handler.Blocking handler) {
        return Route.blocking("GET", pattern, access, handler);
    }
}
