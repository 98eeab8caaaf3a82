import Testing

@testable import ExpertStore

/// Traces as text.
@Suite struct RoutingTraceTests {
    @Test func aTraceIsReadAndWritten() throws {
        let text = "1 57 30\n3 5 2\n1 0 30\n3 2 8\n"
        let trace = try RoutingTrace(parsing: Array(text.utf8))
        #expect(trace.tokenCount == 2 && trace.layerCount == 2 && trace.useCount == 8 && trace.seenExpertCount == 58)
        #expect(trace.visits[1] == RoutingTrace.Visit(layer: 3, experts: [5, 2]))
        #expect(trace.visits.map(\.line).joined() == text)
        // The last line may lack its end.
        #expect(try RoutingTrace(parsing: Array(text.utf8.dropLast())) == trace)
    }

    @Test(arguments: [
        ("", 1), ("\n", 1), ("1\n", 1), ("1 \n", 1), ("1 2\n\n1 2\n", 2), (" 1 2\n", 1), ("1  2\n", 1),
        ("1 2 \n", 1), ("1 2\n1 -2\n", 2), ("1 2\n1 x\n", 2), ("1 2\n1 1000000\n", 2), ("1000 2\n", 1),
        ("1 99999999999999999999\n", 1), ("1 2\r\n", 1), ("1 2 2\n", 1), ("1 2\n2 3\n1 2\n3 3\n", 4),
        ("1 2\n2 3\n1 2\n", 3), ("2 3\n1 2\n", 2), ("1 2\n2 3\n2 4\n1 2\n", 3), ("1\t2\n", 1), ("1 2\u{0}\n", 1),
        ("1 ٣\n", 1), ("# trace\n", 1),
    ])
    func malformedOnesNameTheLine(text: String, line: Int) {
        let error = #expect(throws: RoutingTraceError.self) { try RoutingTrace(parsing: Array(text.utf8)) }
        #expect(error?.line == line)
        #expect(error?.description.hasPrefix("line \(line): ") == true)
    }

    @Test func arbitraryBytesDoNoHarm() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("0123456789  \n\n\r\tx-".utf8) + [0, 255]
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0..<40)).compactMap { _ in alphabet.randomElement(using: &random) }
            guard let trace = try? RoutingTrace(parsing: text) else { continue }
            #expect(trace.tokenCount * trace.layerCount == trace.visits.count)
            let outcome = RoutingReplay.run(trace, slotCount: 1, policy: LatestExpectedUse())
            #expect(outcome.useCount == trace.useCount)
        }
    }
}
