package dev.faregate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PostgresDatabaseContract extends DatabaseContract {
    private String url = "";

    @Override
    Database open() {
        url = TestPostgres.freshUrl();
        return reopen();
    }

    @Override
    Database reopen() {
        return PostgresDatabase.open(url);
    }

    @Test
    void refusesAServerThatForgets() {
        String forgetful = TestPostgres.freshUrl();
        String name = forgetful.substring(forgetful.lastIndexOf('/') + 1);
        TestPostgres.execute("ALTER DATABASE " + name + " SET synchronous_commit = off");
        assertThatThrownBy(() -> PostgresDatabase.open(forgetful))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("synchronous_commit is off");
    }

    @Test
    void answersUnavailableWhenALockIsNotToBeHad() {
        try (Database database = reopen()) {
            database.write(tx -> {
                tx.sql().execute("LOCK TABLE setting IN ACCESS EXCLUSIVE MODE");
                long start = System.nanoTime();
                assertThatThrownBy(() -> database.write(other -> other.sql().execute("DELETE FROM setting")))
                        .isInstanceOf(ApiException.class);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
                return 0;
            });
        }
    }

    @Test
    void readsEveryFormOfItsAddressAndKeepsThePasswordOutOfIt() {
        PostgresUrl url = PostgresUrl.parse("postgresql://me:p%40ss+1@db.example:6432/money?sslmode=require");
        assertThat(url.place()).isEqualTo("db.example:6432/money");
        assertThat(url.jdbc()).isEqualTo("jdbc:postgresql://db.example:6432/money?sslmode=require");
        assertThat(url.user()).isEqualTo("me");
        assertThat(url.password()).satisfies(p -> assertThat(p.reveal()).isEqualTo("p@ss+1"));
        assertThat(url.toString()).doesNotContain("p@ss").doesNotContain("p%40ss");
        assertThat(PostgresUrl.parse("jdbc:postgresql://h/d").jdbc()).isEqualTo("jdbc:postgresql://h/d");
        assertThat(PostgresUrl.parse("postgres://u@h/d").password()).isNull();
        for (String bad :
                new String[] {"mysql://h/d", "postgresql://h", "postgresql:///d", "postgresql://h/d?password=x", "%"}) {
            assertThatThrownBy(() -> PostgresUrl.parse(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("mysql");
        }
    }
}
