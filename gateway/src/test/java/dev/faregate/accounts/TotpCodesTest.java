package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.LuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import dev.faregate.base.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One-time codes against the vectors of their RFCs, and the picture against a reader of such pictures.
class TotpCodesTest {
    private static final Secret RFC_SECRET =
            Secret.of(TotpCodes.base32("12345678901234567890".getBytes(StandardCharsets.US_ASCII)));

    /// RFC 6238 appendix B, the last six of its eight digits.
    @ParameterizedTest
    @CsvSource({
        "59, 287082",
        "1111111109, 081804",
        "1111111111, 050471",
        "1234567890, 005924",
        "2000000000, 279037",
        "20000000000, 353130",
    })
    void makesTheCodesOfTheRfc(long second, String code) {
        long step = TotpCodes.stepOf(Instant.ofEpochSecond(second));
        assertThat(TotpCodes.code(RFC_SECRET, step)).isEqualTo(code);
    }

    /// RFC 4648 section 10, without the padding.
    @ParameterizedTest
    @CsvSource({"'', ''", "f, MY", "fo, MZXQ", "foo, MZXW6", "foob, MZXW6YQ", "fooba, MZXW6YTB", "foobar, MZXW6YTBOI"})
    void writesBase32(String text, String base32) {
        assertThat(TotpCodes.base32(text.getBytes(StandardCharsets.US_ASCII))).isEqualTo(base32);
    }

    @Test
    void takesTheCodesOfOneStepToEitherSideAndNoOthers() {
        Secret secret = TotpCodes.fresh();
        Instant now = Instant.ofEpochSecond(1_800_000_015);
        long step = TotpCodes.stepOf(now);
        for (int away = -3; away <= 3; away++) {
            assertThat(TotpCodes.match(secret, TotpCodes.code(secret, step + away), now))
                    .as("%d steps away", away)
                    .isEqualTo(Math.abs(away) <= 1 ? OptionalLong.of(step + away) : OptionalLong.empty());
        }
        assertThat(TotpCodes.match(secret, "", now)).isEmpty();
        assertThat(TotpCodes.match(secret, "12345a", now)).isEmpty();
        assertThat(TotpCodes.plain(" 123 456 ")).isEqualTo("123456");
    }

    @Test
    void waitsLongerWithEachWrongCode() {
        assertThat(Totp.waitAfter(4)).isEqualTo(Duration.ZERO);
        assertThat(Totp.waitAfter(5)).isEqualTo(Duration.ofMinutes(1));
        assertThat(Totp.waitAfter(8)).isEqualTo(Duration.ofMinutes(8));
        assertThat(Totp.waitAfter(1_000)).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void drawsAPictureThatReadsAsTheAddress() throws Exception {
        Secret address = TotpCodes.address(TotpCodes.fresh(), "ada+test@example.com");
        assertThat(address.reveal()).startsWith("otpauth://totp/Faregate:ada%2Btest@example.com?secret=");
        TotpPicture picture = TotpPicture.of(address);
        String read = new QRCodeReader()
                .decode(
                        new BinaryBitmap(new HybridBinarizer(new Drawn(picture, 4))),
                        // A drawing, not a photograph: without this the search for corners fails now and then.
                        Map.of(DecodeHintType.PURE_BARCODE, true))
                .getText();
        assertThat(read).isEqualTo(address.reveal());
    }

    /// The path of the picture, painted with so many pixels for each module.
    private static final class Drawn extends LuminanceSource {
        private static final Pattern RUN = Pattern.compile("M(\\d+) (\\d+)h(\\d+)v1h-\\3z");
        private final byte[] pixels;
        private final int width;

        Drawn(TotpPicture picture, int scale) {
            super(picture.size() * scale, picture.size() * scale);
            this.width = picture.size() * scale;
            this.pixels = new byte[width * width];
            java.util.Arrays.fill(pixels, (byte) 0xFF);
            Matcher run = RUN.matcher(picture.path().reveal());
            while (run.find()) {
                int x = Integer.parseInt(run.group(1)) * scale;
                int y = Integer.parseInt(run.group(2)) * scale;
                int length = Integer.parseInt(run.group(3)) * scale;
                for (int row = y; row < y + scale; row++) {
                    java.util.Arrays.fill(pixels, row * width + x, row * width + x + length, (byte) 0);
                }
            }
        }

        @Override
        public byte[] getRow(int y, byte[] row) {
            return java.util.Arrays.copyOfRange(pixels, y * width, (y + 1) * width);
        }

        @Override
        public byte[] getMatrix() {
            return pixels;
        }
    }
}
