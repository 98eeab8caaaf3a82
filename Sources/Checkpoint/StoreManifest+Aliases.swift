/// Entries that have the bytes of earlier ones (`same_as`).
extension StoreManifest {
    /// Throws if an alias names something else than an earlier entry of its own form that has bytes of its own.
    func checkAliases(path: String) throws(CheckpointError) {
        func refuse(_ name: String, _ message: String) -> CheckpointError {
            CheckpointError(.malformed, path: path, field: name, "same_as " + message)
        }
        var forms: [String: Matrix] = [:]
        for tensor in tensors {
            if let target = tensor.sameAs {
                guard let form = forms[target] else {
                    throw refuse(tensor.name, "must name an earlier tensor that has bytes of its own")
                }
                guard form == tensor.matrix else { throw refuse(tensor.name, "names a tensor of another form") }
            } else {
                forms[tensor.name] = tensor.matrix
            }
        }
        var layers: [Int: Records] = [:]
        for records in records {
            let name = "experts of layer \(records.layer)"
            if let target = records.sameAs {
                guard let own = layers[target] else {
                    throw refuse(name, "must name an earlier layer that has records of its own")
                }
                guard own.count == records.count, own.parts == records.parts else {
                    throw refuse(name, "names a layer with records of another number or form")
                }
            } else {
                layers[records.layer] = records
            }
        }
    }

    /// Gives aliases the places and checksums of what they name.
    mutating func placeAliases() {
        var extents: [String: Extent] = [:]
        for index in tensors.indices {
            if let target = tensors[index].sameAs {
                guard let extent = extents[target] else { preconditionFailure("aliases name earlier tensors") }
                tensors[index].extent = extent
            } else {
                extents[tensors[index].name] = tensors[index].extent
            }
        }
        var layers: [Int: Records] = [:]
        for index in records.indices {
            if let target = records[index].sameAs {
                guard let own = layers[target] else { preconditionFailure("aliases name earlier layers") }
                records[index].offset = own.offset
                records[index].firstChecksum = own.firstChecksum
            } else {
                layers[records[index].layer] = records[index]
            }
        }
    }

    /// Throws if aliases make the model larger than a file may be in which their bytes are written out: what is
    /// allocated for matrices, and the sums of their sizes, then have the bounds that they have without aliases.
    ///
    /// The entries that are no aliases must fit into a file.
    func checkSizeOfAliases(path: String) throws(CheckpointError) {
        var (byteCount, pieceCount) = (0, 0)
        func add(_ name: String, _ bytes: Int, _ pieces: Int, isAlias: Bool) throws(CheckpointError) {
            byteCount += bytes
            pieceCount += pieces
            let fits = byteCount <= StoreHeader.maximumFileByteCount && pieceCount <= StoreHeader.maximumChecksumCount
            guard fits || !isAlias else {
                throw CheckpointError(
                    .limitExceeded, path: path, field: name, "makes the model larger than any store can be")
            }
        }
        for tensor in tensors {
            try add(
                tensor.name, tensor.extent.paddedByteCount, tensor.extent.pieceCount, isAlias: tensor.sameAs != nil)
        }
        for records in records {
            try add(
                "experts of layer \(records.layer)", records.count * records.recordByteCount,
                records.count * records.parts.count, isAlias: records.sameAs != nil)
        }
    }
}
