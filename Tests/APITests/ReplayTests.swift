import ExpertStore
import JSON
import Testing

@testable import minke

/// `minke replay`: arguments and figures.
@Suite struct ReplayTests {
    @Test func slotsAreNumbersOrShares() {
        #expect(SlotCount(parsing: "416") == .number(416))
        #expect(SlotCount(parsing: "25%")?.slots(of: 1664) == 416)
        #expect(SlotCount(parsing: "12.5%")?.slots(of: 64) == 8)
        #expect(SlotCount(parsing: "0.001%")?.slots(of: 64) == 1)
        for text in ["", "%", "0", "0%", "101%", "-3", "+3", "1e3", "1e1%", "nan%", "25 %", "٣", "99999999"] {
            #expect(SlotCount(parsing: text) == nil, "\(text)")
        }
    }

    @Test func everySizeAndPolicyHasARow() throws {
        let trace = try RoutingTrace(parsing: Array("1 0 1\n2 0 1\n1 0 2\n2 0 3\n".utf8))
        let report = ReplayReport(
            name: "t", trace: trace, expertCount: 4, slots: [.number(8), .percentage(50)], policies: [.lru, .expected])
        let json = report.json
        #expect(json["tokens"] == 2 && json["layers"] == 2 && json["experts_per_layer"] == 4)
        let rows = try #require(json["results"]?.arrayValue)
        #expect(rows.map { $0["policy"]?.stringValue } == ["optimum", "lru", "expected", "optimum", "lru", "expected"])
        #expect(rows.map { $0["slots"]?.intValue } == [8, 8, 8, 4, 4, 4])
        #expect(rows[0]["hits"] == 2 && rows[0]["uses"] == 8 && rows[0]["hit_rate"]?.doubleValue == 0.25)
        #expect(rows[1]["share_of_optimum"]?.doubleValue == 1)
        #expect(rows[3]["share_of_experts"]?.doubleValue == 0.5)
        #expect(report.text.split(separator: "\n").count == 8)
        #expect(report.text.contains("8 (100.0 %)"))
    }

    @Test(arguments: [
        ["t"], ["t", "--slots"], ["t", "--slots", "0"], ["t", "--slots", "5", "--policy", "magic"],
        ["t", "--slots", "5", "--experts", "0"], ["--slots", "5"],
    ])
    func refusesWrongOptions(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try ReplayCommand.parse(arguments) }
    }

    @Test func takesManySizesAndPolicies() throws {
        let command = try ReplayCommand.parse(
            ["t", "--slots", "8%", "100", "--policy", "lru", "expected", "--experts", "64"])
        #expect(command.slots == [.percentage(8), .number(100)] && command.policy == [.lru, .expected])
        #expect(command.trace == "t" && command.experts == 64)
    }
}
