package dev.faregate.governance;

import dev.faregate.guardrails.AssignmentStore.Assignment;
import dev.faregate.guardrails.Guardrail;
import dev.faregate.guardrails.ManagedAssignments;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.keys.ApiKey;
import dev.faregate.keys.BudgetStore;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeySearch;
import dev.faregate.keys.KeyView;
import dev.faregate.keys.ManagedKeys;
import dev.faregate.storage.Database;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who holds a guardrail, and who could, by the names that people know.
public final class Holders {
    /// Keys and members that a form offers, and holders that a page lists, of each kind.
    static final int MOST = 200;

    private static final List<SubjectKind> KINDS =
            List.of(SubjectKind.ORGANIZATION, SubjectKind.ENVIRONMENT, SubjectKind.MEMBER, SubjectKind.KEY);

    /// Who could hold one; `more`: there are more than these.
    public record Choices(List<ApiKey> keys, List<Member> members, boolean more) {
        private String member(@Nullable String id) {
            return members.stream()
                    .filter(member -> member.userId().equals(id))
                    .map(Member::email)
                    .findFirst()
                    .orElse("A member");
        }
    }

    private final Database database;
    private final ManagedAssignments assignments;
    private final KeySearch search;
    private final MemberStore members = new MemberStore();

    Holders(Database database, ManagedAssignments assignments, KeySearch search) {
        this.database = database;
        this.assignments = assignments;
        this.search = search;
    }

    /// The newest keys, and the members, of an organization.
    Choices choices(String organization) {
        KeySearch.Page keys = search.find(
                new KeySearch.Wanted(
                        new ManagedKeys.Reach(organization, KeyKind.INFERENCE, null), null, null, null, null, null),
                KeySearch.Place.FIRST,
                MOST);
        List<Member> people = database.read(tx -> members.list(tx, organization, 0, MOST + 1));
        boolean more = keys.older() != null || people.size() > MOST;
        return new Choices(
                keys.keys().stream().map(KeyView::key).toList(),
                people.subList(0, Math.min(MOST, people.size())),
                more);
    }

    List<HolderRow> of(Guardrail guardrail, Choices choices) {
        List<HolderRow> rows = new ArrayList<>();
        for (SubjectKind kind : KINDS) {
            for (Assignment holder : assignments.holders(guardrail.organizationId(), guardrail.id(), kind, MOST)) {
                rows.add(row(kind, holder, choices));
            }
        }
        return List.copyOf(rows);
    }

    private static HolderRow row(SubjectKind kind, Assignment holder, Choices choices) {
        String id = holder.subjectId();
        return switch (kind) {
            case KEY ->
                new HolderRow(kind.word(), text(holder.keyHash()), text(holder.keyName()), text(holder.keyLabel()));
            case MEMBER -> new HolderRow(kind.word(), id, choices.member(id), "every key they made");
            case ENVIRONMENT -> new HolderRow(kind.word(), id, id, "every key with this tag");
            case ORGANIZATION, WORKSPACE -> new HolderRow(kind.word(), id, "The organization", "every key there is");
        };
    }

    List<BudgetRow> budgets(BudgetStore.Standings standings, Choices choices) {
        List<BudgetRow> rows = new ArrayList<>();
        for (BudgetStore.Standing standing : standings.fullest()) {
            if (standing.state().cap() != null) {
                ApiKey key = standing.key();
                String whose = key != null ? key.name() : choices.member(standing.memberId()) + ", over all their keys";
                rows.add(new BudgetRow(whose, standing.state(), standing.state().cap()));
            }
        }
        return List.copyOf(rows);
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }
}
