package dev.faregate.guardrails;

/// US social security numbers: three, two and four digits joined by dashes, spaces or dots, of those that can be
/// issued (ssa.gov, "SSN randomization": no area 000, 666 or from 900 on, no group 00, no serial 0000). Nine digits
/// without joints are too many other things, and are not found.
final class SocialSecurityNumbers implements Detector {
    @Override
    public void find(String text, Found found) {
        DigitGroups groups = new DigitGroups(text);
        for (int i = 0; i + 2 < groups.count(); i++) {
            if (isNumber(groups, i)) {
                if (!found.at(groups.start(i), groups.end(i + 2))) {
                    return;
                }
                i += 2;
            }
        }
    }

    private static boolean isNumber(DigitGroups groups, int first) {
        char joint = groups.joint(first);
        return groups.length(first) == 3
                && groups.length(first + 1) == 2
                && groups.length(first + 2) == 4
                && (joint == '-' || joint == ' ' || joint == '.')
                && groups.joint(first + 1) == joint
                && groups.opens(first)
                && groups.closes(first + 2)
                && (first == 0 || groups.joint(first - 1) != joint)
                && groups.joint(first + 2) != joint
                && canBeIssued(groups, first);
    }

    private static boolean canBeIssued(DigitGroups groups, int first) {
        int area = Integer.parseInt(groups.digits(first, first));
        return area != 0
                && area != 666
                && area < 900
                && !groups.digits(first + 1, first + 1).equals("00")
                && !groups.digits(first + 2, first + 2).equals("0000");
    }
}
