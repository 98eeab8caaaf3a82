/// What can be decided from a request's header alone.
enum RequestHeadCheck {
    /// Why a header is not safe to act upon: two readings of where the body ends, or of whom it is for.
    static func objection(to headers: HTTPFields, isVersion10: Bool) -> String? {
        let codings = headers.values("transfer-encoding")
        let lengths = headers.values("content-length")
        if !codings.isEmpty, !lengths.isEmpty { return "the request has both Content-Length and Transfer-Encoding" }
        if lengths.count > 1 { return "the request has more than one Content-Length" }
        if let length = lengths.first, length.isEmpty || !length.utf8.allSatisfy({ (48...57).contains($0) }) {
            return "the request's Content-Length is not a number"
        }
        if codings.count > 1 || codings.first.map({ $0.lowercased() != "chunked" }) == true {
            return "the only Transfer-Encoding supported is chunked"
        }
        let hosts = headers.values("host")
        if hosts.count > 1 { return "the request has more than one Host" }
        if hosts.isEmpty, !isVersion10 { return "the request has no Host" }
        return nil
    }

    /// The answer to requests for paths that do not exist or methods they do not have; `nil` for the others.
    static func verdict(on request: HTTPRequest, method: String, _ handler: any RequestHandler) -> HTTPResponse? {
        if method == "OPTIONS", request.path == "*" { return HTTPResponse(.noContent) }
        var methods = handler.methods(for: request.path)
        guard !methods.isEmpty else {
            return handler.errorResponse(.notFound, message: "there is nothing at this path", path: request.path)
        }
        if methods.contains("GET") { methods.append("HEAD") }
        guard !methods.contains(method) else { return nil }
        methods.append("OPTIONS")
        let allowed = methods.joined(separator: ", ")
        if method == "OPTIONS" { return HTTPResponse(.noContent, headers: ["Allow": allowed]) }
        var response = handler.errorResponse(
            .methodNotAllowed, message: "this path answers to \(allowed) only", path: request.path)
        response.headers.append("Allow", allowed)
        return response
    }
}
