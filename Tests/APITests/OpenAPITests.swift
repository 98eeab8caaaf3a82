import Glibc
import JSON
import Testing

@testable import API

/// docs/openapi.json beside the routes: neither has what the other lacks.
@Suite struct OpenAPITests {
    private static func document() throws -> JSONValue {
        let path = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/docs/openapi.json"
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return try JSONValue.parse(bytes)
    }

    @Test func describesEveryRouteAndMethod() throws {
        let document = try Self.document()
        #expect(document["openapi"] == "3.1.0")
        let paths = try #require(document["paths"]?.objectValue)
        let template = Route.modelPrefix + "{model}"
        #expect(Set(paths.members.map(\.name)) == Set(Route.paths.keys).union([template]))
        var identifiers: Set<String> = []
        for member in paths.members {
            let route = try #require(Route(member.name))
            let operations = try #require(member.value.objectValue)
            #expect(
                Set(operations.members.map { $0.name.uppercased() }) == Set(route.methods), "\(member.name)")
            for operation in operations.members {
                let identifier = try #require(operation.value["operationId"]?.stringValue)
                #expect(identifiers.insert(identifier).inserted, "\(identifier)")
                #expect(operation.value["responses"]?.objectValue?.isEmpty == false)
                #expect((operation.value["parameters"] != nil) == (member.name == template))
            }
        }
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let document = try Self.document()
        var open = [document]
        var count = 0
        while let value = open.popLast() {
            if let reference = value["$ref"]?.stringValue {
                let parts = reference.split(separator: "/").dropFirst().map(String.init)
                #expect(parts.reduce(document) { $0[$1] ?? .null }.objectValue != nil, "\(reference)")
                count += 1
            }
            open += value.arrayValue ?? []
            open += value.objectValue?.members.map(\.value) ?? []
        }
        #expect(count > 50)
    }
}
