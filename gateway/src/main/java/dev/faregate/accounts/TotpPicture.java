package dev.faregate.accounts;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.EncodeHintType;
import com.google.zxing.WriterException;
import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.QRCodeWriter;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import dev.faregate.base.Secret;
import java.util.Map;

/// A QR code as the one path of an SVG picture whose unit is a module: `size` modules wide, its quiet zone included.
/// The path is as secret as what it says.
public record TotpPicture(int size, Secret path) {
    /// ISO/IEC 18004 asks for a quiet zone of four modules.
    private static final int QUIET = 4;

    static TotpPicture of(Secret text) {
        try {
            BitMatrix modules = new QRCodeWriter()
                    .encode(
                            text.reveal(),
                            BarcodeFormat.QR_CODE,
                            0,
                            0,
                            Map.of(
                                    EncodeHintType.MARGIN,
                                    QUIET,
                                    EncodeHintType.ERROR_CORRECTION,
                                    ErrorCorrectionLevel.M));
            return new TotpPicture(modules.getWidth(), Secret.of(path(modules)));
        } catch (WriterException e) {
            throw new IllegalStateException("a picture cannot be drawn", e);
        }
    }

    /// One rectangle for each run of dark modules in a row.
    private static String path(BitMatrix modules) {
        StringBuilder path = new StringBuilder();
        for (int y = 0; y < modules.getHeight(); y++) {
            int x = 0;
            while (x < modules.getWidth()) {
                int from = x;
                while (x < modules.getWidth() && modules.get(x, y)) {
                    x++;
                }
                if (x > from) {
                    int run = x - from;
                    path.append('M').append(from).append(' ').append(y).append('h');
                    path.append(run).append("v1h-").append(run).append('z');
                }
                x++;
            }
        }
        return path.toString();
    }
}
