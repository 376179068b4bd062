package dev.faregate.skins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.chat.ChatRequestReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// Bodies of `POST /responses` and the chat requests that they are.
class ResponsesRequestTest {
    private static final int FILE_PARTS = 3;

    private static ObjectNode object(String json) {
        return Json.readObject(json.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode chat(String body) {
        byte[] chat = new ResponsesSkin(InstantSource.fixed(Instant.EPOCH), FILE_PARTS)
                .wear(object(body))
                .chat();
        // What we make is what the reader of chat requests takes.
        new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(chat, 0, chat.length);
        return Json.readObject(chat);
    }

    private static void says(String response, String chat) {
        assertThat(chat(response)).isEqualTo(object(chat));
    }

    @Test
    void saysTheSettings() {
        says("""
                {"model":"openai/gpt","input":"Hello","instructions":"Be brief.","max_output_tokens":50,"stream":true,
                 "temperature":0.70,"store":false,"previous_response_id":null,"truncation":"auto",
                 "include":["reasoning.encrypted_content"],"reasoning":{"effort":"low","summary":"auto"},
                 "text":{"verbosity":"low","format":{"type":"json_schema","name":"n","schema":{"type":"object"}}},
                 "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true},
                          {"type":"openrouter:datetime"}],
                 "tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,"metadata":{"a":"b"},
                 "user":"u","provider":{"sort":"price"},"models":["a/b"],"route":"fallback","session_id":"s",
                 "prompt_cache_key":"k","safety_identifier":"i","x_unknown":1}
                """, """
                {"model":"openai/gpt","max_tokens":50,"stream":true,"temperature":0.70,
                 "reasoning":{"effort":"low","summary":"auto"},"verbosity":"low",
                 "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},
                 "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"},"strict":true}},
                          {"type":"openrouter:datetime"}],
                 "tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,
                 "metadata":{"a":"b"},"user":"u","provider":{"sort":"price"},"models":["a/b"],"route":"fallback",
                 "session_id":"s","prompt_cache_key":"k","safety_identifier":"i",
                 "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}]}
                """);
        says("""
                {"input":"Hi","background":false,"conversation":null,"text":{"format":{"type":"text"}},"tools":[],
                 "tool_choice":"required","modalities":["text","image"],"include":["message.output_text.logprobs"],
                 "top_logprobs":2}
                """, """
                {"tool_choice":"required","modalities":["text","image"],"logprobs":true,"top_logprobs":2,
                 "messages":[{"role":"user","content":"Hi"}]}
                """);
        says("{\"input\":\"Hi\",\"text\":{\"format\":{\"type\":\"json_object\"}}}", """
                {"response_format":{"type":"json_object"},"messages":[{"role":"user","content":"Hi"}]}
                """);
    }

    @Test
    void saysToolsThatAreNoFunctionsAndHowToChoose() {
        says("""
                {"input":"Hi","tools":[{"type":"custom","name":"c","description":"d",
                   "format":{"type":"grammar","syntax":"lark","definition":"start: X"}},
                  {"type":"custom","name":"t","format":{"type":"text"}},
                  {"type":"function","function":{"name":"f","parameters":{}}}],
                 "tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"},
                   {"type":"custom","name":"c"}]}}
                """, """
                {"tools":[{"type":"custom","custom":{"name":"c","description":"d","format":{"type":"grammar",
                   "grammar":{"syntax":"lark","definition":"start: X"}}}},
                  {"type":"custom","custom":{"name":"t","format":{"type":"text"}}},
                  {"type":"function","function":{"name":"f","parameters":{}}}],
                 "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[
                   {"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"c"}}]}},
                 "messages":[{"role":"user","content":"Hi"}]}
                """);
    }

    @Test
    void saysItemsAsMessages() {
        says("""
                {"input":[
                  {"role":"developer","content":"Rules"},
                  {"type":"message","role":"user","content":[{"type":"input_text","text":"Look:"},
                    {"type":"input_image","image_url":"https://x.example/a.png","detail":"low"},
                    {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,AA"},
                    {"type":"input_file","file_url":"https://x.example/b.pdf","file_id":null},
                    {"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},
                    {"type":"input_video","video_url":"https://x.example/c.mp4"}]},
                  {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Thought."}],
                   "encrypted_content":"ZGF0YQ"},
                  {"type":"message","role":"assistant","id":"m","status":"completed",
                   "content":[{"type":"output_text","text":"Calling.","annotations":[]}]},
                  {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
                  {"type":"function_call","call_id":"c2","name":"g","arguments":"{}"},
                  {"type":"function_call_output","call_id":"c1","output":"one"},
                  {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"two"}]},
                  {"type":"reasoning","id":"rs_2","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],
                   "signature":"c2ln","format":"anthropic-claude-v1"},
                  {"type":"function_call","call_id":"c3","name":"f","arguments":"{}"},
                  {"type":"custom_tool_call","call_id":"c4","name":"p","input":"*** Begin"},
                  {"type":"custom_tool_call_output","call_id":"c4","output":"done"},
                  {"role":"assistant","content":[{"type":"refusal","refusal":"No."}]},
                  {"type":"reasoning","summary":[{"type":"summary_text","text":"Nothing came of it."}]},
                  {"role":"user","content":"Why?"},
                  {"role":"assistant","content":"So."}]}
                """, """
                {"messages":[
                  {"role":"system","content":"Rules"},
                  {"role":"user","content":[{"type":"text","text":"Look:"},
                    {"type":"image_url","image_url":{"url":"https://x.example/a.png","detail":"low"}},
                    {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA"}},
                    {"type":"file","file":{"filename":"document.pdf","file_data":"https://x.example/b.pdf"}},
                    {"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},
                    {"type":"video_url","video_url":{"url":"https://x.example/c.mp4"}}]},
                  {"role":"assistant","content":"Calling.","reasoning_details":[
                    {"type":"reasoning.summary","summary":"Thought.","format":"openai-responses-v1","index":0},
                    {"type":"reasoning.encrypted","data":"ZGF0YQ","format":"openai-responses-v1","id":"rs_1","index":0}],
                   "tool_calls":[
                    {"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},
                    {"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]},
                  {"role":"tool","tool_call_id":"c1","content":"one"},
                  {"role":"tool","tool_call_id":"c2","content":"two"},
                  {"role":"assistant","content":null,"reasoning_details":[
                    {"type":"reasoning.text","text":"Hm.","signature":"c2ln","format":"anthropic-claude-v1","index":0}],
                   "tool_calls":[{"id":"c3","type":"function","function":{"name":"f","arguments":"{}"}},
                    {"id":"c4","type":"custom","custom":{"name":"p","input":"*** Begin"}}]},
                  {"role":"tool","tool_call_id":"c4","content":"done"},
                  {"role":"assistant","content":"No."},
                  {"role":"user","content":"Why?"},
                  {"role":"assistant","content":"So."}]}
                """);
    }

    @Test
    void refusesMoreFilesThanARequestMayHave() {
        String file = "{\"type\":\"input_file\",\"file_data\":\"data:,x\"},";
        String two = "{\"role\":\"user\",\"content\":[" + file.repeat(2) + "{\"type\":\"input_text\",\"text\":\"?\"}]}";
        assertThat(chat("{\"input\":[" + two + "]}").path("messages")).hasSize(1);
        assertThatThrownBy(() -> chat("{\"input\":[" + two + "," + two + "]}"))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error())
                                .isEqualTo(new ApiError.BadRequest(
                                        "'input' has more than " + FILE_PARTS + " file parts.", "input")));
    }

    @Test
    void refusesMoreItemsThanAChatHasMessages() {
        String items = "{\"role\":\"user\",\"content\":\"Hi\"},".repeat(ResponsesRequest.MAX_ITEMS + 1);
        assertThatThrownBy(() -> chat("{\"input\":[" + items.substring(0, items.length() - 1) + "]}"))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error())
                                .isInstanceOfSatisfying(
                                        ApiError.BadRequest.class,
                                        bad -> assertThat(bad.message())
                                                .isEqualTo("'input' must have from 1 to " + ResponsesRequest.MAX_ITEMS
                                                        + " items.")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                input                       | {}
                input                       | {"input":7}
                input                       | {"input":[]}
                input[0]                    | {"input":["Hi"]}
                input[0].role               | {"input":[{"content":"Hi"}]}
                input[0].role               | {"input":[{"role":"tool","content":"Hi"}]}
                input[0].content            | {"input":[{"role":"user"}]}
                input[0].content[0]         | {"input":[{"role":"user","content":[7]}]}
                input[0].content[0].type    | {"input":[{"role":"user","content":[{"type":"image_url"}]}]}
                input[0].content[0].text    | {"input":[{"role":"user","content":[{"type":"input_text"}]}]}
                input[0].content[0].file_id | {"input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}
                input[0].content[0].image_url | {"input":[{"role":"user","content":[{"type":"input_image"}]}]}
                input[0].content[0].file_id | {"input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]}
                input[0].content[0].file_data | {"input":[{"role":"user","content":[{"type":"input_file"}]}]}
                input[0].content[0].input_audio | {"input":[{"role":"user","content":[{"type":"input_audio"}]}]}
                input[0].type               | {"input":[{"type":7}]}
                input[0].input              | {"input":[{"type":"custom_tool_call","call_id":"c","name":"f"}]}
                input[0].output[0].type     | {"input":[{"type":"function_call_output","call_id":"c","output":[{}]}]}
                input[0].summary            | {"input":[{"type":"reasoning","summary":{}}]}
                input[0].encrypted_content  | {"input":[{"type":"reasoning","summary":[],"encrypted_content":7}]}
                input[0].call_id            | {"input":[{"type":"function_call"}]}
                input[0].name               | {"input":[{"type":"function_call","call_id":"c"}]}
                input[0].arguments          | {"input":[{"type":"function_call","call_id":"c","name":"f"}]}
                input[0].output             | {"input":[{"type":"function_call_output","call_id":"c"}]}
                input[0].summary[0].text    | {"input":[{"type":"reasoning","summary":[{}]}]}
                input[0]                    | {"input":[{"type":"item_reference","id":"x"}]}
                input[0].type               | {"input":[{"type":"web_search_call"}]}
                instructions                | {"input":"Hi","instructions":7}
                previous_response_id        | {"input":"Hi","previous_response_id":"resp_1"}
                conversation                | {"input":"Hi","conversation":"c"}
                prompt                      | {"input":"Hi","prompt":{"id":"p"}}
                store                       | {"input":"Hi","store":true}
                background                  | {"input":"Hi","background":true}
                tools                       | {"input":"Hi","tools":{}}
                tools[0].type               | {"input":"Hi","tools":[{"name":"f"}]}
                tools[0].type               | {"input":"Hi","tools":[{"type":"file_search"}]}
                tools[0].type               | {"input":"Hi","tools":[{"type":"web_search"}]}
                tools[0].type               | {"input":"Hi","tools":[{"type":"mcp","server_label":"x"}]}
                tools[0]                    | {"input":"Hi","tools":["f"]}
                tools[0].name               | {"input":"Hi","tools":[{"type":"function"}]}
                tools[0].name               | {"input":"Hi","tools":[{"type":"custom"}]}
                tool_choice                 | {"input":"Hi","tool_choice":"any"}
                tool_choice                 | {"input":"Hi","tool_choice":7}
                tool_choice.type            | {"input":"Hi","tool_choice":{"type":"file_search"}}
                tool_choice.name            | {"input":"Hi","tool_choice":{"type":"function"}}
                tool_choice.tools           | {"input":"Hi","tool_choice":{"type":"allowed_tools","mode":"auto"}}
                tool_choice.tools[0].type   | {"input":"Hi","tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"mcp"}]}}
                max_output_tokens           | {"input":"Hi","max_output_tokens":0}
                max_output_tokens           | {"input":"Hi","max_output_tokens":"9"}
                include                     | {"input":"Hi","include":"x"}
                modalities                  | {"input":"Hi","modalities":"text"}
                modalities[1]               | {"input":"Hi","modalities":["text","audio"]}
                text                        | {"input":"Hi","text":"json"}
                text.format                 | {"input":"Hi","text":{"format":"json"}}
                text.format.type            | {"input":"Hi","text":{"format":{"type":"grammar"}}}
                text.format.name            | {"input":"Hi","text":{"format":{"type":"json_schema","schema":{}}}}
                text.format.schema          | {"input":"Hi","text":{"format":{"type":"json_schema","name":"n"}}}
                store                       | {"input":"Hi","store":"no"}
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
