/// What a server serves: the paths, the answers, and the shape of error bodies.
///
/// `methods` and `errorResponse` run on the event loop and must be quick; `respond` runs in a task of its own.
public protocol RequestHandler: Sendable {
    /// The methods that a path answers to (`GET` implies `HEAD`); empty where there is nothing.
    func methods(for path: String) -> [String]

    /// Answers a request through `writer`, with one fixed response or one stream.
    ///
    /// The task is cancelled as soon as the client is gone. An error thrown before anything was sent is answered
    /// with 500, later it cuts the connection.
    func respond(to request: HTTPRequest, with writer: ResponseWriter) async throws

    /// The response to a request that never reaches `respond`: 400, 404, 405, 408, 413, 431, 500 or 503. The path is
    /// empty where the request did not get as far.
    func errorResponse(_ status: HTTPStatus, message: String, path: String) -> HTTPResponse
}
