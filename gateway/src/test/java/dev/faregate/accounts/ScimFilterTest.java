package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.faregate.base.ApiException;
import dev.faregate.identity.Role;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What directories ask for, and what groups make of people.
class ScimFilterTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "userName eq \"ada@example.com\"|username|ada@example.com",
                "userName EQ \"with \\\"quotes\\\" and \\\\\"|username|with \"quotes\" and \\",
                "active eq true|active|true",
                "emails[type eq \"work\"].value eq \"a@b.c\"|emails.value|a@b.c",
                "urn:ietf:params:scim:schemas:core:2.0:User:name.familyName eq \"and\"|name.familyname|and",
            })
    void readsOneTerm(String filter, String attribute, String value) {
        assertThat(ScimFilter.parse(filter)).containsExactly(new ScimFilter.Term(attribute, value));
    }

    @Test
    void readsSeveralTerms() {
        assertThat(ScimFilter.parse("a eq \"1\" and b eq \"2\" AND c eq false"))
                .containsExactly(
                        new ScimFilter.Term("a", "1"),
                        new ScimFilter.Term("b", "2"),
                        new ScimFilter.Term("c", "false"));
        assertThat(ScimFilter.parse(" ")).isEmpty();
        assertThat(ScimFilter.parse(null)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "userName",
                "userName eq",
                "userName eq ada",
                "userName sw \"a\"",
                "not (userName eq \"a\")",
                "userName eq \"a\" or active eq true",
                "userName eq \"a\" and",
                "userName eq \"a\"; DROP TABLE person",
                "a eq \"1\" and a eq \"1\" and a eq \"1\" and a eq \"1\" and a eq \"1\" and a eq \"1\"",
            })
    void refusesOthersByTheWordOfTheRfc(String filter) {
        assertThatExceptionOfType(ScimProblem.class)
                .isThrownBy(() -> ScimFilter.parse(filter))
                .satisfies(problem -> assertThat(problem.type()).isEqualTo("invalidFilter"));
    }

    @Test
    void givesTheMostPowerfulRoleOfSeveralGroups() {
        Map<String, Role> roles = SsoRoles.parse("roles", "a = viewer\n\n b=c = admin \nmoney = billing");
        assertThat(roles).containsEntry("b=c", Role.ADMIN).hasSize(3);
        assertThat(SsoRoles.of(roles, List.of("a", "money", "unknown"), null)).isEqualTo(Role.BILLING);
        assertThat(SsoRoles.of(roles, List.of("a", "b=c"), Role.OWNER)).isEqualTo(Role.ADMIN);
        assertThat(SsoRoles.of(roles, List.of("unknown"), Role.MEMBER)).isEqualTo(Role.MEMBER);
        assertThat(SsoRoles.of(roles, List.of(), null)).isNull();
        assertThat(SsoRoles.parse("roles", SsoRoles.text(roles))).isEqualTo(roles);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "= admin", "a = king", "a = admin\na = viewer"})
    void refusesLinesThatSayNoRole(String text) {
        assertThatExceptionOfType(ApiException.class).isThrownBy(() -> SsoRoles.parse("roles", text));
    }
}
