import Glibc

/// OpenBLAS, where the system has it: faster products of several tokens.
///
/// It is looked for at run time and is never needed. It runs on one thread of its own, because the callers already
/// work on several tiles at once; tiles of a fixed size keep the bits independent of the number of threads.
package struct BLAS: Sendable {
    /// The system's OpenBLAS, or nil where there is none or the environment says LLAMARADA_NO_BLAS=1.
    package static let shared: BLAS? = {
        if let value = getenv("LLAMARADA_NO_BLAS"), String(cString: value) == "1" { return nil }
        return BLAS(library: "libopenblas.so.0")
    }()

    // cblas.h, with the 32-bit integers of Debian's build.
    private typealias SGEMM =
        @convention(c) (
            Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>?, Int32, UnsafePointer<Float>?,
            Int32, Float, UnsafeMutablePointer<Float>?, Int32
        ) -> Void
    private typealias SetThreads = @convention(c) (Int32) -> Void

    private let sgemm: SGEMM

    /// Opens `library`; nil if it is not there or lacks `cblas_sgemm` or `openblas_set_num_threads`.
    package init?(library: String) {
        // Never closed: its threads outlive any handle.
        guard let handle = dlopen(library, RTLD_NOW | RTLD_LOCAL),
            let sgemm = dlsym(handle, "cblas_sgemm"), let setThreads = dlsym(handle, "openblas_set_num_threads")
        else { return nil }
        self.sgemm = unsafeBitCast(sgemm, to: SGEMM.self)
        unsafeBitCast(setThreads, to: SetThreads.self)(1)
    }

    /// Fills `columns` of the output (x.rows, stride) with x · rowsᵀ, where `rows` is (columns.count, x.columns).
    func multiply(
        _ x: Matrix, _ rows: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>, stride: Int,
        columns: Range<Int>
    ) {
        guard let target = output.baseAddress else { return }
        let (rowMajor, plain, transposed): (Int32, Int32, Int32) = (101, 111, 112)
        let (m, n, k) = (Int32(x.rows), Int32(columns.count), Int32(x.columns))
        x.values.withUnsafeBufferPointer { x in
            sgemm(
                rowMajor, plain, transposed, m, n, k, 1, x.baseAddress, k, rows.baseAddress, k, 0,
                target + columns.lowerBound, Int32(stride))
        }
    }
}
