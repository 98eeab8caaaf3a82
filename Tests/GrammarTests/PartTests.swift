import Grammar
import JSON
import Testing

@Suite struct PartTests {
    private static let markers = Vocabularies.synthetic(
        count: 600, seed: 1, markers: ["</s>", "<call>", "<sep>", "<end>", "<think>"]
    ).table

    private func isAnswer(_ grammar: Grammar, _ parts: [Part], _ table: TokenTable = markers) -> Bool {
        var matcher = GrammarMatcher(grammar, table)
        for part in parts {
            switch part {
            case .text(let text):
                if !text.isEmpty, !matcher.accept(bytes: Array(text.utf8)) { return false }
            case .token(let token):
                var copy = matcher
                let isAccepted = copy.accept(token)
                #expect(matcher.allowedTokens().contains(token) == isAccepted)
                if !matcher.accept(token) { return false }
            }
        }
        let mask = matcher.allowedTokens()
        #expect(table !== Self.markers || matcher.isComplete == mask.contains(end))
        return matcher.isComplete
    }

    private enum Part { case text(String), token(Int32) }
    private let end: Int32 = 600
    private let call: Int32 = 601
    private let sep: Int32 = 602
    private let close: Int32 = 603
    private let think: Int32 = 604

    private static let tools = Grammar.sequence([
        .freeText(except: ["<call>"]),
        .choice([
            .text(""),
            .sequence([
                .marker("<call>"),
                .repeated(
                    .choice([.text("now()"), .sequence([.text("f "), .jsonObject])]), separator: .marker("<sep>"),
                    atLeast: 1, atMost: 2),
                .marker("<end>"),
            ]),
        ]),
    ])

    @Test func toolCallsAreMarkersAndText() {
        let tools = Self.tools
        #expect(isAnswer(tools, []))
        #expect(isAnswer(tools, [.text("any <call> text\u{1}")]))
        #expect(isAnswer(tools, [.token(think), .text("x"), .token(call), .text("now()"), .token(close)]))
        #expect(isAnswer(tools, [.token(call), .text("f {\"a\": 1}"), .token(sep), .text("now()"), .token(close)]))
        #expect(!isAnswer(tools, [.token(call), .token(close)]))
        #expect(!isAnswer(tools, [.token(call), .text("now()"), .text(" ")]))
        #expect(!isAnswer(tools, [.token(call), .text("now()"), .token(sep), .token(close)]))
        #expect(
            !isAnswer(
                tools,
                [.token(call), .text("now()"), .token(sep), .text("now()"), .token(sep), .text("now()"), .token(close)])
        )
        #expect(!isAnswer(tools, [.token(call), .text("now()"), .token(close), .text("x")]))
    }

    @Test func missingMarkersAreText() {
        let table = Vocabularies.bytes
        let tools = Self.tools
        #expect(isAnswer(tools, [.text("hello < call <cal")], Vocabularies.bytes))
        for (text, isValid) in [
            ("hello", true), ("a <call>now()<end>", true), ("<<call>f {}<sep>now()<end>", true), ("<call>", false),
            ("a <call> b", false), ("<call>now()<end>x", false), ("<cal<call>now()<end>", true),
        ] {
            #expect(tools.accepts(text) == isValid, "\(text)")
        }
        var matcher = GrammarMatcher(tools, table)
        let accepted = matcher.accept(bytes: Array("<call>".utf8))
        #expect(accepted)
        var allowed: [Int32] { matcher.allowedTokens().tokens }
        #expect(allowed == [UInt8(ascii: "f"), UInt8(ascii: "n")].map { Int32($0) })
    }

    @Test func repetitionsAreCounted() {
        let some = Grammar.repeated(.text("ab"), atLeast: 2, atMost: 3)
        for (text, isValid) in [("ab", false), ("abab", true), ("ababab", true), ("abababab", false), ("", false)] {
            #expect(some.accepts(text) == isValid, "\(text)")
        }
        let list = Grammar.repeated(.text("a"), separator: .text(","), atLeast: 0, atMost: nil)
        for (text, isValid) in [("", true), ("a", true), ("a,a,a", true), ("a,", false), ("aa", false)] {
            #expect(list.accepts(text) == isValid, "\(text)")
        }
        let many = Grammar.repeated(.text("a"), atLeast: 1000, atMost: 1_000_000_000)
        #expect(!many.accepts(String(repeating: "a", count: 999)))
        #expect(many.accepts(String(repeating: "a", count: 1000)))
        let empty = Grammar.repeated(.choice([.text(""), .text("a")]), atLeast: 3, atMost: 1_000_000_000)
        #expect(empty.accepts("") && empty.accepts("aa") && !empty.accepts("b"))
        #expect(!Grammar.choice([]).accepts(""))
        #expect(!Grammar.repeated(.text("a"), atLeast: 2, atMost: 1).accepts("a"))
    }

    @Test func theEndIsTheEnd() {
        var matcher = GrammarMatcher(.text("ab"), Vocabularies.bytes)
        #expect(matcher.allowedTokens().tokens == [97])
        let early = matcher.accept(256)
        #expect(!early)
        let accepted = matcher.accept(97) && matcher.accept(98)
        #expect(accepted && matcher.isComplete)
        #expect(matcher.allowedTokens().tokens == [256])
        let ended = matcher.accept(256)
        #expect(ended && matcher.isComplete)
        #expect(matcher.allowedTokens().tokens == [256])
        let after = matcher.accept(97) || matcher.accept(-1) || matcher.accept(9999)
        #expect(!after)
    }

    @Test func refusedTokensChangeNothing() {
        var matcher = GrammarMatcher(.jsonObject, Self.markers)
        let before = matcher.allowedTokens()
        for token in [Int32(65), 601, 600, -1, 100_000] {
            let accepted = matcher.accept(token)
            #expect(!accepted)
        }
        #expect(matcher.allowedTokens() == before)
    }
}
