import API
import ArgumentParser
import Configuration
import Memory

extension Daemon {
    /// Who answers for models that are not held here; `nil` for nobody.
    static func upstream(_ section: UpstreamSection) throws(ValidationError) -> Upstream? {
        guard let url = section.url else { return nil }
        let token = try section.tokenFile.map { path throws(ValidationError) in
            guard let text = SmallFile.read(path) else {
                throw ValidationError("upstream.token_file: \(path) cannot be read")
            }
            return String(text.prefix { !$0.isWhitespace })
        }
        do throws(UpstreamError) {
            return try Upstream(url: url, models: section.models, token: token)
        } catch {
            throw ValidationError("upstream: \(error)")
        }
    }
}
