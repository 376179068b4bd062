package dev.faregate.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/// The vectors that an embeddings request is answered with: one for each input, always the same for the same place.
///
/// @param dimensions numbers in each vector
/// @param base64 written as base64 of 32-bit floats, else as numbers
public record Vectors(int inputs, int dimensions, boolean base64) {
    /// So many numbers a vector has when the request does not say.
    public static final int DEFAULT_DIMENSIONS = 8;

    /// The number at that place, from -1 to 1: some short, some with an exponent, some negative zeros.
    static float number(int input, int dimension) {
        int mixed = (input + 1) * 0x9E3779B1 ^ (dimension + 1) * 0x85EBCA6B;
        int small = mixed >>> 8 & 0xFFFF;
        return dimension % 7 == 3 ? -0.0f : (mixed < 0 ? -1 : 1) * small / (dimension % 5 == 1 ? 6.5536e9f : 65_536f);
    }

    /// The value of `data`, as it is sent.
    public String json() {
        StringBuilder data = new StringBuilder("[");
        for (int input = 0; input < inputs; input++) {
            data.append(input == 0 ? "" : ",\n ")
                    .append("{\"object\":\"embedding\",\"index\":")
                    .append(input)
                    .append(",\"embedding\":");
            if (base64) {
                data.append('"').append(encoded(input)).append('"');
            } else {
                numbers(data, input);
            }
            data.append('}');
        }
        return data.append(']').toString();
    }

    private void numbers(StringBuilder data, int input) {
        data.append('[');
        for (int dimension = 0; dimension < dimensions; dimension++) {
            data.append(dimension == 0 ? "" : ", ").append(number(input, dimension));
        }
        data.append(']');
    }

    private String encoded(int input) {
        ByteBuffer bytes = ByteBuffer.allocate(dimensions * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int dimension = 0; dimension < dimensions; dimension++) {
            bytes.putFloat(number(input, dimension));
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
