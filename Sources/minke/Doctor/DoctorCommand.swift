import ArgumentParser
import Checkpoint
import Inference
import JSON
import Memory
import Server

/// Looks at the board and says what keeps Minke from running well.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look at this machine and say what keeps models from running well.",
        discussion: "Reads from the disk for about a second. Exits with 1 if there is a problem; warnings are none.")

    @Argument(help: "A file, or a folder with one, whose disk is measured; the largest installed model by default.")
    var path: String?

    @Flag(help: "Do not measure the disk.")
    var skipDisk = false

    @Flag(help: "Print a JSON object.")
    var json = false

    @Option(help: .hidden)
    var root = ""

    func run() async throws {
        let findings = try await OwnThread.run { try examine() }
        report(findings)
        let count = findings.count { $0.severity == .problem }
        if count > 0 {
            throw CommandFailure(count == 1 ? "there is a problem to mend" : "there are \(count) problems to mend")
        }
    }

    private func examine() throws -> [Finding] {
        let tree = KernelTree(root: root)
        let models = ModelLibrary(folders: ModelLibrary.standardFolders()).models()
        return ProcessorCheck(tree: tree).findings + MemoryCheck(tree: tree).findings + PowerCheck(tree: tree).findings
            + (try disk(models)) + AccessCheck(tree: tree).findings + ModelCheck(models: models).findings
    }

    private func disk(_ models: [ModelSummary]) throws -> [Finding] {
        guard !skipDisk else { return [] }
        guard let path = path ?? models.max(by: { $0.byteCount < $1.byteCount })?.path else {
            return [
                Finding(
                    .note, "disk", "not measured: no model is installed",
                    do: "name a large file on the disk that models will be on: 'minke doctor FILE'")
            ]
        }
        guard let file = Self.largestFile(at: path) else {
            throw CommandFailure("\(path) holds no file to measure the disk with", exitCode: ExitStatus.usage)
        }
        return DiskCheck(path: file).findings
    }

    /// The file at `path`, or the largest one in the folder there.
    private static func largestFile(at path: String) -> String? {
        func size(_ path: String) -> Int? { (try? InputFile(path: path))?.byteCount }
        let names = Folder.names(in: path)
        guard !names.isEmpty else { return size(path) == nil ? nil : path }
        return names.map { path + "/" + $0 }.compactMap { file in size(file).map { (file, $0) } }
            .filter { $0.1 > 0 }.max { $0.1 < $1.1 }?.0
    }

    private func report(_ findings: [Finding]) {
        guard !json else {
            let object: JSONValue = ["findings": .array(findings.map(\.json))]
            return Terminal.output(object.serialized(.spaced) + "\n")
        }
        for finding in findings {
            Terminal.output(Self.line(finding) + "\n")
            if let advice = finding.advice { Terminal.output("         → \(Terminal.printable(advice))\n") }
        }
    }

    private static func line(_ finding: Finding) -> String {
        let severity = finding.severity.rawValue
        let pad = String(repeating: " ", count: max(1, 9 - severity.count))
        return severity + pad + Terminal.printable("\(finding.subject): \(finding.text)")
    }
}
