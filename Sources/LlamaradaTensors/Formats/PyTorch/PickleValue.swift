/// What a pickle makes, as plain data. Containers are numbers of lists that the reader holds, so that no value holds another
/// and depth costs nothing.
enum PickleValue: Sendable, Equatable {
    case none
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    /// A name of Python's, such as `torch._utils._rebuild_tensor_v2`.
    case global(String)
    case storage(TorchStorage)
    case tensor(TorchTensor)
}

/// Elements that tensors share.
struct TorchStorage: Sendable, Equatable {
    /// Which entry of the archive holds them: `data/<key>`.
    let key: String
    let elementType: ElementType
    let elementCount: Int
}

/// Which elements of a storage a tensor consists of.
struct TorchTensor: Sendable, Equatable {
    let storage: TorchStorage
    /// The first element.
    let offset: Int
    /// Outermost first.
    let shape: [Int]
    /// Elements from one index to the next, for each dimension.
    let strides: [Int]
}
