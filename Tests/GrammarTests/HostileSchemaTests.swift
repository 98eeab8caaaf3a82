import Glibc
import Grammar
import JSON
import Testing

/// Schemas made to take long are refused or compiled, soon in any case.
@Suite struct HostileSchemaTests {
    @Test(arguments: HostileSchemas.all.map(\.name))
    func takesNoLongTime(_ name: String) {
        guard let schema = HostileSchemas.all.first(where: { $0.name == name })?.schema else { return }
        let start = processorSeconds()
        _ = try? Grammar(schema: schema)
        // Debug builds on busy machines are a hundred times slower than what users run.
        #expect(processorSeconds() - start < 20, "\(name)")
    }

    @Test func masksOfALargeVocabularyTakeNoLongTime() {
        let table = Vocabularies.synthetic(count: 6_000, seed: 3).table
        var matcher = GrammarMatcher(.jsonObject, table)
        for text in ["", "{", "\"", "na", "\"", ": ", "[", "12", ", ", "\"x"] {
            if !text.isEmpty { _ = matcher.accept(bytes: Array(text.utf8)) }
            let start = processorSeconds()
            _ = matcher.allowedTokens()
            #expect(processorSeconds() - start < 5, "after \(text)")
        }
    }

    /// What this thread has used: other tests run beside this one.
    private func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
