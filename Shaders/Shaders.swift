// The kernels of this module are not written in Swift: the build compiles every `Kernels/*.comp` and generates one
// Swift type for each, named like its file (see tools/ShaderCompiler). This file makes the folder a Swift target.
