import LlamaradaDevice
import Testing

/// Base64 (RFC 4648) to words.
@Suite struct ShaderCodeTests {
    @Test func decodesLittleEndianWords() {
        #expect(ShaderCode(base64: "AwIjBwAAAQA=").words == [0x0723_0203, 0x0001_0000])
        #expect(ShaderCode(base64: "/////w==").words == [0xFFFF_FFFF])
        #expect(ShaderCode(base64: "+/+/+/+/+/+/+/+/").words == [0xFBBF_FFFB, 0xFFFB_BFFF, 0xBFFF_FBBF])
    }

    @Test func withoutPaddingAndPartsOfWords() {
        #expect(ShaderCode(base64: "").words.isEmpty)
        #expect(ShaderCode(base64: "AwIjBw").words == [0x0723_0203])
        #expect(ShaderCode(base64: "AwIjBwAA").words == [0x0723_0203])
    }
}
