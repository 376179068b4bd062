package dev.faregate.skins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.chat.ChatRequestReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// Bodies of `POST /messages` and the chat requests that they are.
class MessagesRequestTest {
    private static ObjectNode object(String json) {
        return Json.readObject(json.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode chat(String body) {
        byte[] chat = new MessagesSkin().wear(object(body)).chat();
        // What we make is what the reader of chat requests takes.
        new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(chat, 0, chat.length);
        return Json.readObject(chat);
    }

    private static void says(String messages, String chat) {
        assertThat(chat(messages)).isEqualTo(object(chat));
    }

    @Test
    void saysTheSettings() {
        says("""
                {"model":"anthropic/claude","max_tokens":1024,"stream":true,"temperature":0.70,"top_p":0.9,"top_k":5,
                 "stop_sequences":["END"],"thinking":{"type":"enabled","budget_tokens":2000},
                 "metadata":{"user_id":"u-1"},"service_tier":"standard_only","session_id":"s","trace":{"a":"b"},
                 "provider":{"sort":"price"},"plugins":[],"fallbacks":[{"model":"a/b"}],
                 "output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}},
                 "context_management":{"edits":[]},"x_unknown":1,
                 "messages":[{"role":"user","content":"Hi"}]}
                """, """
                {"model":"anthropic/claude","max_tokens":1024,"stream":true,"temperature":0.70,"top_p":0.9,"top_k":5,
                 "stop":["END"],"reasoning":{"max_tokens":2000},"user":"u-1","service_tier":"default",
                 "session_id":"s","trace":{"a":"b"},"provider":{"sort":"price"},"plugins":[],"models":["a/b"],
                 "verbosity":"low","response_format":{"type":"json_schema","json_schema":{"name":"output",
                 "strict":true,"schema":{"type":"object"}}},
                 "messages":[{"role":"user","content":"Hi"}]}
                """);
        says(
                "{\"thinking\":{\"type\":\"adaptive\"},\"user\":\"a\",\"metadata\":{\"user_id\":\"b\"},"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
                "{\"reasoning\":{\"enabled\":true},\"user\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
        says(
                "{\"thinking\":{\"type\":\"disabled\"},\"output_format\":{\"type\":\"json_schema\",\"schema\":{}},"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
                "{\"reasoning\":{\"enabled\":false},\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
                        + "{\"name\":\"output\",\"strict\":true,\"schema\":{}}},"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    }

    @Test
    void saysBlocksAndKeepsWhatIsCached() {
        says("""
                {"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}},
                           {"type":"text","text":"Be kind."}],
                 "messages":[{"role":"user","content":[
                   {"type":"text","text":"Look:"},
                   {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"},
                    "cache_control":{"type":"ephemeral"}},
                   {"type":"image","source":{"type":"url","url":"https://x.example/a.png"}},
                   {"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf",
                    "data":"BBBB"}},
                   {"type":"document","source":{"type":"url","url":"https://x.example/b.pdf"}},
                   {"type":"document","source":{"type":"text","media_type":"text/plain","data":"plain"}},
                   {"type":"document","source":{"type":"content","content":[{"type":"text","text":"inner"}]}}]}]}
                """, """
                {"messages":[
                  {"role":"system","content":[
                    {"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}},
                    {"type":"text","text":"Be kind."}]},
                  {"role":"user","content":[
                    {"type":"text","text":"Look:"},
                    {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"},
                     "cache_control":{"type":"ephemeral"}},
                    {"type":"image_url","image_url":{"url":"https://x.example/a.png"}},
                    {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,BBBB"}},
                    {"type":"file","file":{"filename":"document.pdf","file_data":"https://x.example/b.pdf"}},
                    {"type":"text","text":"plain"},
                    {"type":"text","text":"inner"}]}]}
                """);
    }

    @Test
    void saysToolsTheirCallsAndResults() {
        says("""
                {"tools":[{"name":"f","description":"d","input_schema":{"type":"object"},
                           "cache_control":{"type":"ephemeral"}},
                          {"type":"openrouter:datetime"}],
                 "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},
                 "messages":[{"role":"user","content":"Go"},
                  {"role":"assistant","content":[{"type":"text","text":"Calling."},
                    {"type":"tool_use","id":"t1","name":"f","input":{"a":1.50}},
                    {"type":"tool_use","id":"t2","name":"f"}]},
                  {"role":"user","content":[{"type":"text","text":"Well?"},
                    {"type":"tool_result","tool_use_id":"t1","content":"one"},
                    {"type":"tool_result","tool_use_id":"t2","is_error":true,"cache_control":{"type":"ephemeral"},
                     "content":[{"type":"text","text":"two"}]}]}]}
                """, """
                {"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}},
                           "cache_control":{"type":"ephemeral"}},
                          {"type":"openrouter:datetime"}],
                 "tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,
                 "messages":[{"role":"user","content":"Go"},
                  {"role":"assistant","content":"Calling.","tool_calls":[
                    {"id":"t1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1.50}"}},
                    {"id":"t2","type":"function","function":{"name":"f","arguments":"{}"}}]},
                  {"role":"tool","tool_call_id":"t1","content":"one"},
                  {"role":"tool","tool_call_id":"t2","content":[
                    {"type":"text","text":"two","cache_control":{"type":"ephemeral"}}]},
                  {"role":"user","content":"Well?"}]}
                """);
    }

    @Test
    void saysThinkingAsReasoningDetails() {
        says("""
                {"messages":[{"role":"user","content":"Go"},
                  {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"c2ln"},
                    {"type":"redacted_thinking","data":"ZGF0YQ"},
                    {"type":"thinking","thinking":"Unsigned.","signature":""},
                    {"type":"tool_use","id":"t","name":"f","input":{}}]}]}
                """, """
                {"messages":[{"role":"user","content":"Go"},
                  {"role":"assistant","content":null,"reasoning_details":[
                    {"type":"reasoning.text","text":"Hm.","signature":"c2ln","format":"anthropic-claude-v1","index":0},
                    {"type":"reasoning.encrypted","data":"ZGF0YQ","format":"anthropic-claude-v1","index":1},
                    {"type":"reasoning.text","text":"Unsigned.","format":"unknown","index":2}],
                   "tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]}]}
                """);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                messages                                  | {}
                messages                                  | {"system":"s","messages":[]}
                messages                                  | {"messages":{}}
                messages[0]                               | {"messages":["Hi"]}
                messages[0].role                          | {"messages":[{"content":"Hi"}]}
                messages[0].role                          | {"messages":[{"role":"tool","content":"Hi"}]}
                messages[0].content                       | {"messages":[{"role":"user"}]}
                messages[0].content                       | {"messages":[{"role":"user","content":7}]}
                messages[0].content[0]                    | {"messages":[{"role":"user","content":[7]}]}
                messages[0].content[0].type               | {"messages":[{"role":"user","content":[{}]}]}
                messages[0].content[0].type               | {"messages":[{"role":"user","content":[{"type":"tool_use"}]}]}
                messages[0].content[0].text               | {"messages":[{"role":"user","content":[{"type":"text"}]}]}
                messages[0].content[0].source             | {"messages":[{"role":"user","content":[{"type":"image"}]}]}
                messages[0].content[0].source.type        | {"messages":[{"role":"user","content":[{"type":"image","source":{"type":"file"}}]}]}
                messages[0].content[0].source.media_type  | {"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64"}}]}]}
                messages[0].content[0].tool_use_id        | {"messages":[{"role":"user","content":[{"type":"tool_result"}]}]}
                messages[0].content[0].content[0].type    | {"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"video"}]}]}]}
                messages[0].content[0].type               | {"messages":[{"role":"assistant","content":[{"type":"server_tool_use"}]}]}
                messages[0].content[0].thinking           | {"messages":[{"role":"assistant","content":[{"type":"thinking"}]}]}
                messages[0].content[0].data               | {"messages":[{"role":"assistant","content":[{"type":"redacted_thinking"}]}]}
                system[0].type                            | {"system":[{"type":"image"}],"messages":[{"role":"user","content":"Hi"}]}
                system                                    | {"system":7,"messages":[{"role":"user","content":"Hi"}]}
                stop_sequences                            | {"stop_sequences":["1","2","3","4","5"]}
                stop_sequences[1]                         | {"stop_sequences":["1",2]}
                thinking.type                             | {"thinking":{"type":"deep"}}
                thinking.budget_tokens                    | {"thinking":{"type":"enabled"}}
                tool_choice.type                          | {"tool_choice":"auto"}
                tool_choice.name                          | {"tool_choice":{"type":"tool"}}
                tools                                     | {"tools":{}}
                tools[0].name                             | {"tools":[{"input_schema":{}}]}
                tools[0].input_schema                     | {"tools":[{"name":"f"}]}
                tools[0].type                             | {"tools":[{"type":"web_search_20250305","name":"web_search"}]}
                fallbacks                                 | {"models":["a/b"],"fallbacks":[{"model":"c/d"}]}
                fallbacks                                 | {"fallbacks":[{"model":"a"},{"model":"b"},{"model":"c"},{"model":"d"}]}
                fallbacks[0]                              | {"fallbacks":[{"model":"a","max_tokens":1}]}
                fallbacks[0].model                        | {"fallbacks":[{}]}
                output_config.format.type                 | {"output_config":{"format":{"type":"xml"}}}
                output_config.format.schema               | {"output_config":{"format":{"type":"json_schema"}}}
                metadata.user_id                          | {"metadata":{"user_id":7}}
                mcp_servers                               | {"mcp_servers":[{}]}
                container                                 | {"container":"c"}
                """)
    void namesTheFieldThatIsToBlame(String field, String body) {
        assertThatThrownBy(() -> chat(body))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error()).isInstanceOfSatisfying(ApiError.BadRequest.class, bad -> {
                            assertThat(bad.param()).isEqualTo(field);
                            assertThat(bad.message()).contains(field);
                        }));
    }
}
