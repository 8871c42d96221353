import SwiftProtobuf

/// Writes a `tokenizer.model` of SentencePiece's BPE, as Llama 1 and 2 have it.
package enum SentencePieceWriter {
    /// The file's bytes.
    ///
    /// - Parameters:
    ///   - pieces: the first three are `<unk>`, `<s>` and `</s>`; spaces are ▁.
    ///   - scores: one a piece; larger ones merge first.
    ///   - kinds: one a piece, SentencePiece's own numbers, which are GGUF's.
    package static func bytes(pieces: [String], scores: [Float], kinds: [Int32]) throws -> [UInt8] {
        var model = SentencePieceModel()
        model.pieces = pieces.indices.map { index in
            var piece = SentencePieceModel.Piece()
            piece.piece = pieces[index]
            piece.score = scores[index]
            piece.type = kinds[index]
            return piece
        }
        model.trainerSpec.modelType = 2
        model.trainerSpec.unkID = 0
        model.trainerSpec.bosID = 1
        model.trainerSpec.eosID = 2
        model.normalizerSpec.name = "identity"
        model.normalizerSpec.addDummyPrefix = true
        model.normalizerSpec.removeExtraWhitespaces = false
        return try model.serializedBytes()
    }
}
