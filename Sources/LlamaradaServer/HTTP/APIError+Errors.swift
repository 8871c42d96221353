import Llamarada
import LlamaradaDevice
import LlamaradaErrors

extension APIError {
    /// What a client is told of an error of the library.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as GenerationError: self = Self.of(error)
        case let error as DeviceError: self = Self.failed(error.description, code: "device_error")
        // Nobody sees it but the metrics: nginx's status for a client that left.
        case is CancellationError:
            self = APIError(
                status: 499, message: "The client closed the connection.", type: "invalid_request_error",
                code: "client_closed_request")
        // Without what it is about, which may be a path.
        case let error as any LlamaradaError: self = Self.failed(error.problem)
        default: self = Self.failed("The request failed.")
        }
    }

    private static func of(_ error: GenerationError) -> APIError {
        switch error.code {
        case .textTooLong: .invalid(error.description, "prompt", code: "context_length_exceeded")
        case .emptyText, .textTooShort, .unknownToken: .invalid(error.description, "prompt")
        case .constraint: .failed(error.description, code: "constraint")
        case .unloaded: .unavailable(error.description, code: "unloaded")
        default: .invalid(error.description)
        }
    }
}
