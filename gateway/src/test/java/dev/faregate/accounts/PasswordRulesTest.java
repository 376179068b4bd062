package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Secret;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which passwords are taken (NIST SP 800-63B-4 section 3.1.1.2).
class PasswordRulesTest {
    private static final PasswordRules RULES = new PasswordRules(8);
    private static final List<String> ABOUT =
            List.of("ada@analytical.example", "ada", "analytical.example", "Ada Lovelace");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "seven quiet lanterns",
                "Tr0ub4dor and three",
                "пять тихих фонарей",
                "七つの静かな提灯が灯る",
                "    spaces   count    ",
                "ada likes long walks",
                "!!!wyvern_gate_41!!!"
            })
    void takesWhatIsLongAndNotKnown(String password) {
        assertThat(RULES.problem(Secret.of(password), ABOUT)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "1234567, at least 8",
        "password, attackers try first",
        "PassWord, attackers try first",
        "iloveyou123!, attackers try first",
        "123monkey!!!, attackers try first",
        "monkeymonkey, attackers try first",
        "aaaaaaaaaaaa, attackers try first",
        "abababababab, attackers try first",
        "qwertyuiopasdfghjklzxc, easy to guess",
        "lkjhgfdsapoiuy, easy to guess",
        "aabbaabbccaa, easy to guess",
        "ada@analytical.example, who you are",
        "Ada Lovelace 1815, who you are",
        "analytical.example7, who you are"
    })
    void refusesWhatIsKnownOrFollowsFromThePerson(String password, String why) {
        assertThat(RULES.problem(Secret.of(password), ABOUT)).contains(why);
    }

    @Test
    void asksForNoKindsOfCharactersAndHasABound() {
        assertThat(RULES.problem(Secret.of("lowercaseonlybutlong"), List.of())).isNull();
        assertThat(RULES.problem(Secret.of("xyzzy plugh ".repeat(30)), List.of()))
                .contains("at most 256");
        assertThat(RULES.problem(null, List.of())).isNotNull();
        assertThat(new PasswordRules(15).problem(Secret.of("fourteen chars"), List.of()))
                .contains("at least 15");
    }
}
