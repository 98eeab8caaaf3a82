import Checkpoint
import JSON
import Testing
import Timing

/// Hand-made bad files (Tools/make_bad_files.py): each must give a typed error that names the field at fault.
@Suite struct BadFileTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let path: String
        let field: String
        let code: String
        let what: String
        var testDescription: String { path }
    }

    static let cases: [Case] = {
        guard let file = try? InputFile(path: Fixture.path("bad/manifest.json")),
            let bytes = try? file.bytes(at: 0, count: file.byteCount, field: "manifest"),
            let entries = try? JSONValue.parse(bytes).arrayValue
        else { return [] }
        return entries.map { entry in
            func text(_ name: String) -> String { entry[name]?.stringValue ?? "" }
            return Case(path: text("path"), field: text("field"), code: text("code"), what: text("what"))
        }
    }()

    static func code(_ name: String) -> CheckpointError.Code? {
        switch name {
        case "unreadable": .unreadable
        case "truncated": .truncated
        case "malformed": .malformed
        case "unsupported": .unsupported
        case "limitExceeded": .limitExceeded
        case "missingTensor": .missingTensor
        case "unexpectedTensor": .unexpectedTensor
        case "shapeMismatch": .shapeMismatch
        case "invalidConfiguration": .invalidConfiguration
        default: nil
        }
    }

    @Test func thereAreEnough() { #expect(Self.cases.count >= 250) }

    @Test(arguments: cases) func isRefusedByName(bad: Case) throws {
        let expected = try #require(Self.code(bad.code))
        let isQuick = takesAtMost(.milliseconds(50)) {
            do throws(CheckpointError) {
                _ = try ModelSource.open(Fixture.path("bad/" + bad.path)).bind()
                Issue.record("\(bad.what): accepted")
            } catch {
                #expect(error.code == expected, "\(bad.what): \(error)")
                #expect(error.field.hasPrefix(bad.field) && !error.field.isEmpty, "\(bad.what): \(error)")
                #expect(!error.message.isEmpty && !error.path.isEmpty)
            }
        }
        #expect(isQuick, "\(bad.what)")
    }

    @Test(arguments: [
        "llama.gguf", "deepseek2.gguf", "llama-split/llama-00001-of-00002.gguf", "llama-folder", "llama-sharded-folder",
        "deepseek_v3-folder",
    ]) func theValidFilesTheyWereMadeFromAreAccepted(name: String) throws {
        let bound = try ModelSource.open(Fixture.path("good/" + name)).bind()
        #expect(bound.layers.count > 0 && bound.byteCount > 0)
    }

    /// Random bytes changed in the header: an error or a model, never a trap.
    @Test func changedBytesNeverTrap() throws {
        let file = try InputFile(path: Fixture.path("good/deepseek2.gguf"))
        let original = try file.bytes(at: 0, count: file.byteCount, field: "file")
        let path = "/tmp/minke-changed-\(UInt64.random(in: 0 ... .max)).gguf"
        var state: UInt64 = 1
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        for _ in 0..<1000 {
            var bytes = original
            for _ in 0..<1 + random(4) { bytes[random(min(4000, bytes.count))] = UInt8(random(256)) }
            try TemporaryFile.withContents(bytes[...], at: path) {
                _ = try? ModelSource.open(path).bind()
            }
        }
    }
}
