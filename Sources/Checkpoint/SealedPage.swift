import Kernels

/// A page that ends with the CRC32C of what is before it.
package enum SealedPage {
    private static let checksumByteCount = 4

    /// `contents`, zeros, and the checksum of both.
    package static func bytes(_ contents: [UInt8]) -> [UInt8] {
        let room = StoreHeader.pageByteCount - checksumByteCount
        let bytes = contents + [UInt8](repeating: 0, count: room - contents.count)
        return bytes + CRC32C.checksum(bytes).littleEndianBytes
    }

    /// Whether `page` is as it was made.
    package static func isIntact(_ page: some BidirectionalCollection<UInt8>) -> Bool {
        page.count == StoreHeader.pageByteCount
            && CRC32C.checksum(Array(page.dropLast(checksumByteCount)))
                == UInt32(littleEndianBytes: page.suffix(checksumByteCount))
    }
}
