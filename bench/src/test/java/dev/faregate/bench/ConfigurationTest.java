package dev.faregate.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is made out of arguments: load points, peers, requests, the files of nginx and of the product.
class ConfigurationTest {
    @Test
    void load_points_are_read_back_from_their_names() {
        assertThat(LoadPoint.ALL)
                .allSatisfy(point -> assertThat(LoadPoint.parse(point.name())).isEqualTo(point));
    }

    @ParameterizedTest
    @ValueSource(strings = {"closed", "closed-", "closed-0", "open--5", "open-x", "burst-5", "closed-99999999999", ""})
    void other_load_points_are_refused(String name) {
        assertThatThrownBy(() -> LoadPoint.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a load point");
    }

    @Test
    void a_peer_may_name_the_process_whose_time_counts() {
        assertThat(Peer.parse("other=http://127.0.0.1:4000/v1,sk-1,gpt,77"))
                .isEqualTo(new Peer("other", "http://127.0.0.1:4000/v1", "sk-1", "gpt", OptionalLong.of(77)));
        assertThat(Peer.parse("other=http://h/v1?a=b,sk-1,gpt").pid()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"other", "=http://h,k,m", "other=http://h,k", "other=http://h,k,m,1,2", "o=http://h,k,m,x"})
    void other_peers_are_refused_with_the_form_that_is_meant(String text) {
        assertThatThrownBy(() -> Peer.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NAME=URL,KEY,MODEL[,PID]");
    }

    @Test
    void a_body_has_exactly_its_size_and_connections_take_turns_with_the_keys() {
        Target target = Target.of("http://127.0.0.1:4000/api/v1/", List.of("one", "two"), "author/model");
        for (boolean stream : new boolean[] {false, true}) {
            String request = new String(target.request(3, stream), StandardCharsets.UTF_8);
            int end = request.indexOf("\r\n\r\n");
            assertThat(request).startsWith("POST /api/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:4000\r\n");
            assertThat(request.substring(0, end))
                    .contains("Authorization: Bearer two")
                    .contains("Content-Length: " + Target.BODY_BYTES);
            assertThat(request.substring(end + 4)).hasSize(Target.BODY_BYTES).contains("\"model\":\"author/model\"");
            assertThat(request.contains("\"stream\":true")).isEqualTo(stream);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://127.0.0.1/v1", "127.0.0.1:4000", "http:///v1"})
    void only_plain_http_is_measured(String url) {
        assertThatThrownBy(() -> Target.of(url, List.of("k"), "m")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nginx_writes_only_into_the_scratch_folder_and_keeps_connections() {
        String config = Nginx.config(Path.of("/scratch"), 8001, 8002, 2);

        assertThat(config)
                .contains("worker_processes 2;", "listen 127.0.0.1:8001", "server 127.0.0.1:8002;", "access_log off;")
                .contains("keepalive 2048;", "proxy_set_header Connection \"\";", "proxy_buffering off;");
        assertThat(config.lines().filter(line -> line.contains("_path") || line.contains("pid ")))
                .hasSize(6)
                .allSatisfy(line -> assertThat(line).contains(" /scratch/"));
    }

    @Test
    void the_product_gets_the_mock_once_free_and_once_priced() {
        assertThat(Gateway.config(8002))
                .contains("base_url: http://127.0.0.1:8002/v1", "id: bench/free", "free: true", "id: bench/priced")
                .containsOnlyOnce("pricing:");
    }
}
