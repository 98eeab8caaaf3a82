import Checkpoint
import Inference
import Kernels
import Memory

/// Whether the installed models fit in memory.
struct ModelCheck {
    let models: [ModelSummary]
    var memory = SystemMemory.read()

    var findings: [Finding] {
        let free = Finding(
            .note, "memory",
            "\(memory.available >> 20) of \(memory.total >> 20) MiB are free; the engine would take at most "
                + "\(memory.budget >> 20) MiB")
        guard !models.isEmpty else {
            return [
                free,
                Finding(
                    .note, "models", "none is installed",
                    do: "put a .minke or GGUF file into \(ModelLibrary.standardFolders()[0])"),
            ]
        }
        return [free] + models.map(finding)
    }

    private func finding(_ model: ModelSummary) -> Finding {
        do {
            let source = try ModelSource.open(model.path)
            let plan = try MemoryPlan(
                try source.bind(), source.configuration, .int8, threadCount: Processors.count,
                available: memory.budget)
            if plan.streaming != nil {
                return Finding(
                    .warning, "models", "\(model.name) fits, but layers are read for every token: very slow",
                    do: "take a smaller model, or one of fewer bits (minke import --type)")
            }
            if let (pages, slotCount) = plan.paging {
                return Finding(
                    .good, "models", "\(model.name) fits with \(slotCount) of \(pages.expertCount) experts in memory")
            }
            return Finding(.good, "models", "\(model.name) fits as a whole")
        } catch let error as MemoryError {
            return Finding(
                .warning, "models", "\(model.name) does not fit: \(error.message)",
                do: "end other programs, or take a smaller model; 'minke plan \(model.path)' shows the sum")
        } catch {
            return Finding(
                .problem, "models", "\(model.name) cannot be used: \(error)",
                do: "'minke verify \(model.path)', or get the file again")
        }
    }
}
