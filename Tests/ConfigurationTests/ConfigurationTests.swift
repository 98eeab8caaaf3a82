import Glibc
import Scratch
import Testing

@testable import Configuration

@Suite struct ConfigurationTests {
    /// Files below a folder that goes when the test ends.
    private final class Files {
        private let scratch: ScratchFolder
        var folder: String { scratch.path }

        init(_ files: [String: String]) throws {
            scratch = try ScratchFolder()
            for (name, text) in files { try scratch.write(text, to: name) }
        }

        func read(_ environment: [String: String] = [:]) throws(ConfigurationErrors) -> Configuration {
            try ConfigurationFiles(path: folder + "/minke.toml").read(environment: environment)
        }

        /// What is wrong, with the folder left out.
        func mistakes(_ environment: [String: String] = [:]) -> [String] {
            do {
                _ = try read(environment)
                return []
            } catch {
                return error.all.map { error in
                    let text = error.description
                    return text.hasPrefix(folder) ? String(text.dropFirst(folder.count + 1)) : text
                }
            }
        }
    }

    @Test func laterFilesAndTheEnvironmentWin() throws {
        let files = try Files([
            "minke.toml": """
            [memory]
            budget = "3G"
            [server]
            queue = 7
            idle_exit = "5m"
            [model]
            default = "a"
            """,
            "minke.toml.d/10-x.conf": "server.queue = 8\nmodel.default = 'b'\n",
            "minke.toml.d/20-y.toml": "[model]\ndefault = \"c\"\nfolders = [\"/m\"]\nkeep_alive = 90\n"
                + "precision = \"f32\"\n",
            "minke.toml.d/30-z.rpmsave": "nonsense",
        ])
        let configuration = try files.read([
            "MINKE_SERVER_QUEUE": "9", "MINKE_CACHE_ENABLED": "false", "MINKE_MODEL_FOLDERS": "/x:/y",
            "MINKE_MODELS": "/ignored", "HOME": "/root", "MINKE_SOCKET": "/s",
        ])
        #expect(configuration.memory.budget == 3 << 30)
        #expect(configuration.server.queue == 9)
        #expect(configuration.server.idleExit == .seconds(300))
        #expect(configuration.model.standard == "c")
        #expect(configuration.model.folders == ["/x", "/y"])
        #expect(configuration.model.keepAlive == .seconds(90))
        #expect(configuration.model.precision == .f32)
        #expect(!configuration.cache.enabled)
    }

    @Test func saysEverythingThatIsWrong() throws {
        let files = try Files([
            "minke.toml": """
            budget = "3G"
            [memroy]
            budget = "3G"
            [server]
            que = 1
            queue = "many"
            idle_exit = "soon"
            [nothing.at.all]
            """,
            "minke.toml.d/a.conf": "x",
            "minke.toml.d/b.toml": "[log]\nlevel = \"loud\"\n",
        ])
        #expect(
            files.mistakes(["MINKE_SERVER_QUEUE": "-1", "MINKE_SERVER_DRIAN": "1"]) == [
                "minke.toml:1:1: 'budget' belongs in a table: 'memory.budget'",
                "minke.toml:2:2: there is no table [memroy]; did you mean 'memory'?",
                "minke.toml:5:1: [server] has no key 'que'; did you mean 'queue'?",
                "minke.toml:6:9: server.queue takes an integer from 0 to 100000, not the string \"many\"",
                "minke.toml:7:13: server.idle_exit takes a time such as \"90s\" or \"5m\", or \"never\", "
                    + "not the string \"soon\"",
                "minke.toml:8:2: there is no table [nothing.at.all]; tables: "
                    + Configuration.sections.map(\.name).joined(separator: ", "),
                "minke.toml.d/a.conf:1:2: '=' is expected after the key 'x'",
                "minke.toml.d/b.toml:2:9: log.level takes one of \"debug\", \"info\", \"notice\", \"warning\", "
                    + "\"error\", not the string \"loud\"",
                "environment variable MINKE_SERVER_DRIAN: [server] has no key 'drian'; did you mean 'drain'?",
                "environment variable MINKE_SERVER_QUEUE: server.queue takes an integer from 0 to 100000, not '-1'",
            ])
    }

    @Test func aFileThatIsNamedMustBeThere() throws {
        #expect(throws: ConfigurationErrors.self) { try ConfigurationFiles(path: "/nowhere/x.toml").read() }
        let files = try Files(["minke.toml": ""])
        #expect(try files.read() == Configuration())
        #expect(throws: ConfigurationErrors.self) { try ConfigurationFiles(path: files.folder).read() }
    }

    @Test func tellsWhatAReloadChanges() {
        var other = Configuration()
        #expect(Configuration().changes(to: other).isEmpty)
        other.server.queue = 1
        other.compute.threads = 3
        #expect(
            Configuration().changes(to: other) == [
                Configuration.Change(key: "server.queue", isLive: true),
                Configuration.Change(key: "compute.threads", isLive: false),
            ])
    }

    @Test(arguments: [
        ("que", "queue"), ("qeuue", "queue"), ("idle-exit", "idle_exit"), ("Drain", "drain"), ("zzz", nil), ("", nil),
    ])
    func suggests(word: String, expected: String?) {
        #expect(Suggestion.nearest(to: word, among: ["socket", "queue", "drain", "idle_exit"]) == expected)
    }

    /// The file that is shipped names every key, and each as it is by default.
    @Test func theShippedFileIsTrue() throws {
        let here = "Tests/ConfigurationTests/ConfigurationTests.swift"
        let path = #filePath.dropLast(here.count) + "Packaging/minke.toml"
        #expect(try ConfigurationFiles(path: String(path)).read() == Configuration())
        let file = try #require(fopen(String(path), "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        // With every key uncommented it is still a valid configuration, and no key is missing.
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.map { $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0 }.joined(separator: "\n")
        let document = try TOMLReader.read(Array(text.utf8), path: String(path))
        #expect(document.entries.map { $0.path.joined(separator: ".") } == Configuration.keys)
        let files = try Files(["minke.toml": text])
        #expect(files.mistakes().isEmpty)
    }
}
