import Testing

@testable import API

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
        (951_868_800, "2000-03-01T00:00:00Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
        (1_700_000_000, "2023-11-14T22:13:20Z"), (1_735_689_599, "2024-12-31T23:59:59Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"), (.max, "9999-12-31T23:59:59Z"), (-1, "1970-01-01T00:00:00Z"),
    ])
    func tellsDates(_ seconds: Int, _ text: String) {
        #expect(Timestamp.text(seconds: seconds) == text)
    }

    @Test func tellsMicroseconds() {
        #expect(Timestamp.text(seconds: 1, microseconds: 42) == "1970-01-01T00:00:01.000042Z")
        #expect(Timestamp.now().utf8.count == 27)
    }
}
