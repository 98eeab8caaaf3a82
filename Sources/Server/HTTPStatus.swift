/// The status code of a response.
public struct HTTPStatus: Sendable, Hashable {
    /// The code, 100 to 599.
    public let code: Int

    /// Makes a status.
    public init(_ code: Int) { self.code = code }

    /// 200
    public static let ok = HTTPStatus(200)
    /// 204
    public static let noContent = HTTPStatus(204)
    /// 400
    public static let badRequest = HTTPStatus(400)
    /// 403
    public static let forbidden = HTTPStatus(403)
    /// 404
    public static let notFound = HTTPStatus(404)
    /// 405
    public static let methodNotAllowed = HTTPStatus(405)
    /// 408
    public static let requestTimeout = HTTPStatus(408)
    /// 413
    public static let contentTooLarge = HTTPStatus(413)
    /// 429
    public static let tooManyRequests = HTTPStatus(429)
    /// 431
    public static let headersTooLarge = HTTPStatus(431)
    /// 500
    public static let internalError = HTTPStatus(500)
    /// 501
    public static let notImplemented = HTTPStatus(501)
    /// 502
    public static let badGateway = HTTPStatus(502)
    /// 503
    public static let unavailable = HTTPStatus(503)

    /// Whether the code says that the request was served.
    public var isSuccess: Bool { (200..<300).contains(code) }
}
