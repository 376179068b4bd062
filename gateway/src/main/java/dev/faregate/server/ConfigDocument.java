package dev.faregate.server;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/// The configuration file as a tree that remembers its lines, so that whoever finds a mistake in it can say
/// where. `${NAME}` and `${NAME:-default}` in texts are replaced by variables; `$${` is a plain `${`. The
/// tree holds secrets and prints as nothing.
public final class ConfigDocument {
    private static final int MAX_DEPTH = 64;
    /// Bytes or characters of a whole file.
    static final int MAX_LENGTH = 4 * 1024 * 1024;
    private static final Pattern REFERENCE =
            Pattern.compile("\\$\\$\\{|\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\\})?");
    private static final YAMLFactory YAML = YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxDocumentLength(MAX_LENGTH)
                    .build())
            .build();

    private final String file;
    private final ObjectNode root;
    /// Line of each value by its path (`providers[1].base_url`), counted from 1.
    private final Map<String, Integer> lines;

    private ConfigDocument(String file, ObjectNode root, Map<String, Integer> lines) {
        this.file = file;
        this.root = root;
        this.lines = lines;
    }

    /// The document of a configuration without a file.
    public static ConfigDocument empty() {
        return new ConfigDocument("faregate.yaml", JsonNodeFactory.instance.objectNode(), Map.of());
    }

    /// Reads a whole file's text; `file` is how messages call it. Throws [ConfigException] naming the line.
    public static ConfigDocument parse(String file, String text, Environment environment) {
        if (text.length() > MAX_LENGTH) {
            throw new ConfigException(file + " is longer than " + MAX_LENGTH + " characters.");
        }
        Reader reader = new Reader(file, environment);
        ObjectNode root = reader.read(text);
        return new ConfigDocument(file, root, reader.lines);
    }

    /// A top-level part of the file, or null when it is not there.
    public @Nullable JsonNode section(String name) {
        JsonNode node = root.get(name);
        return node == null || node.isNull() ? null : node;
    }

    /// A mistake at a path such as `providers[1].base_url`:
    /// `faregate.yaml line 12: providers[1].base_url: must be a URL.`
    public ConfigException error(String path, String message) {
        return new ConfigException(place(path) + ": " + message);
    }

    /// `faregate.yaml line 12`: the line of the nearest part of the path that exists.
    private String line(String path) {
        String known = path;
        while (!known.isEmpty() && !lines.containsKey(known)) {
            known = known.substring(0, Math.max(0, Math.max(known.lastIndexOf('.'), known.lastIndexOf('['))));
        }
        Integer line = lines.get(known);
        return line == null ? file : file + " line " + line;
    }

    /// `faregate.yaml line 12: log.level`.
    String place(String path) {
        return line(path) + ": " + path;
    }

    ObjectNode root() {
        return root;
    }

    @Override
    public String toString() {
        return "[" + file + "]";
    }

    /// Builds the tree from parser events, because a tree that is read in one go has forgotten its lines.
    private static final class Reader {
        private final String file;
        private final Environment environment;
        private final Map<String, Integer> lines = new HashMap<>();

        Reader(String file, Environment environment) {
            this.file = file;
            this.environment = environment;
        }

        ObjectNode read(String text) {
            try (YAMLParser parser = (YAMLParser) YAML.createParser(ObjectReadContext.empty(), text)) {
                JsonToken first = parser.nextToken();
                if (first == null || first == JsonToken.VALUE_NULL) {
                    return JsonNodeFactory.instance.objectNode();
                }
                if (first != JsonToken.START_OBJECT) {
                    throw new ConfigException(
                            file + " line " + line(parser) + ": the file must consist of `name: value` lines.");
                }
                ObjectNode root = object(parser, "");
                if (parser.nextToken() != null) {
                    throw new ConfigException(
                            file + " line " + line(parser) + ": the file must hold one document only.");
                }
                return root;
            } catch (JacksonException e) {
                int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
                throw new ConfigException(
                        file + (line > 0 ? " line " + line : "") + ": " + problem(e.getOriginalMessage()));
            }
        }

        /// The parser's own words without the excerpt of the file that it adds, which could be a secret.
        private static String problem(@Nullable String message) {
            if (message == null || message.isBlank()) {
                return "this is not YAML.";
            }
            StringBuilder words = new StringBuilder("this is not YAML: ");
            String separator = "";
            for (String part : message.split("\n")) {
                if (!part.isBlank() && !part.startsWith(" ")) {
                    words.append(separator).append(part.strip());
                    separator = ", ";
                }
            }
            return words.append('.').toString();
        }

        private ObjectNode object(YAMLParser parser, String path) {
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                String childPath = path.isEmpty() ? name : path + "." + name;
                lines.put(childPath, line(parser));
                parser.nextToken();
                object.set(name, value(parser, childPath));
            }
            return object;
        }

        private ArrayNode array(YAMLParser parser, String path) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                String childPath = path + "[" + array.size() + "]";
                lines.put(childPath, line(parser));
                array.add(value(parser, childPath));
            }
            return array;
        }

        private JsonNode value(YAMLParser parser, String path) {
            if (parser.isCurrentAlias()) {
                throw error(parser, path, "YAML aliases (`*name`) are not supported.");
            }
            JsonNodeFactory nodes = JsonNodeFactory.instance;
            JsonToken token = parser.currentToken();
            if (token == JsonToken.START_OBJECT) {
                return object(parser, path);
            } else if (token == JsonToken.START_ARRAY) {
                return array(parser, path);
            } else if (token == JsonToken.VALUE_NUMBER_INT) {
                return nodes.numberNode(parser.getBigIntegerValue());
            } else if (token == JsonToken.VALUE_NUMBER_FLOAT) {
                return nodes.numberNode(decimal(parser, path));
            } else if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
                return nodes.booleanNode(token == JsonToken.VALUE_TRUE);
            } else if (token == JsonToken.VALUE_NULL) {
                return nodes.nullNode();
            }
            return nodes.stringNode(substitute(parser, path, parser.getString()));
        }

        /// YAML has infinities and "not a number"; decimals have not.
        private BigDecimal decimal(YAMLParser parser, String path) {
            try {
                return parser.getDecimalValue();
            } catch (NumberFormatException e) {
                throw error(parser, path, "this is not a number that can be used.");
            }
        }

        private String substitute(YAMLParser parser, String path, String text) {
            if (!text.contains("${")) {
                return text;
            }
            Matcher matcher = REFERENCE.matcher(text);
            StringBuilder result = new StringBuilder();
            while (matcher.find()) {
                matcher.appendReplacement(result, Matcher.quoteReplacement(replacement(parser, path, matcher)));
            }
            return matcher.appendTail(result).toString();
        }

        private String replacement(YAMLParser parser, String path, Matcher matcher) {
            if (matcher.group().startsWith("$$")) {
                return "${";
            }
            String name = matcher.group(1);
            if (name == null) {
                throw error(
                        parser, path, "`${` begins a variable, as in ${NAME} or ${NAME:-default}; write $${ for it.");
            }
            String fallback = matcher.group(2);
            return environment.find(name).orElseGet(() -> {
                if (fallback == null) {
                    throw error(parser, path, "the variable " + name + " is not set.");
                }
                return fallback;
            });
        }

        private ConfigException error(YAMLParser parser, String path, String message) {
            return new ConfigException(file + " line " + line(parser) + ": " + path + ": " + message);
        }

        private static int line(YAMLParser parser) {
            return parser.currentTokenLocation().getLineNr();
        }
    }
}
