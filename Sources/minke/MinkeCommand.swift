import ArgumentParser
import Server

/// `minke`: everything is a subcommand.
struct MinkeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "minke", abstract: "Run language models on small boards.",
        version: "minke \(ProductVersion.current)",
        subcommands: [
            RunCommand.self, ChatCommand.self, PsCommand.self, TopCommand.self, LogsCommand.self, ListCommand.self,
            StopCommand.self, ShowCommand.self, DoctorCommand.self,
            ImportCommand.self, VerifyCommand.self, PlanCommand.self, RewriteCommand.self, TokenizeCommand.self,
            DetokenizeCommand.self,
            LogitsCommand.self,
            PerplexityCommand.self, BenchCommand.self, TraceCommand.self, ReplayCommand.self,
        ])
}
