// Vulkan without link-time symbols: the headers without prototypes, a table of function pointers that is filled by
// dlopen, and a few helpers for what Swift cannot say shortly (pNext chains, function-like macros).
#pragma once

#define VK_NO_PROTOTYPES
#include <stdbool.h>
#include <vulkan/vulkan.h>

// Headers before 1.3.255 lack VK_KHR_cooperative_matrix; these are the few declarations needed to enable it and list
// its shapes.
#ifndef VK_KHR_cooperative_matrix
#define VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME "VK_KHR_cooperative_matrix"
#define VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR ((VkStructureType)1000506001)
#define VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR ((VkStructureType)1000506000)
typedef uint32_t VkComponentTypeKHR;
typedef uint32_t VkScopeKHR;
typedef struct VkCooperativeMatrixPropertiesKHR {
    VkStructureType sType;
    void *pNext;
    uint32_t MSize, NSize, KSize;
    VkComponentTypeKHR AType, BType, CType, ResultType;
    VkBool32 saturatingAccumulation;
    VkScopeKHR scope;
} VkCooperativeMatrixPropertiesKHR;
typedef struct VkPhysicalDeviceCooperativeMatrixFeaturesKHR {
    VkStructureType sType;
    void *pNext;
    VkBool32 cooperativeMatrix;
    VkBool32 cooperativeMatrixRobustBufferAccess;
} VkPhysicalDeviceCooperativeMatrixFeaturesKHR;
typedef VkResult (*PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR)(
    VkPhysicalDevice device, uint32_t *count, VkCooperativeMatrixPropertiesKHR *properties);
#endif

// Functions found before there is an instance.
#define LLAMARADA_VK_GLOBAL(X) \
    X(vkCreateInstance) X(vkEnumerateInstanceVersion) X(vkEnumerateInstanceLayerProperties) \
    X(vkEnumerateInstanceExtensionProperties)

// Functions every Vulkan 1.3 instance has.
#define LLAMARADA_VK_INSTANCE(X) \
    X(vkDestroyInstance) X(vkEnumeratePhysicalDevices) X(vkGetPhysicalDeviceProperties2) \
    X(vkGetPhysicalDeviceFeatures2) X(vkGetPhysicalDeviceMemoryProperties2) \
    X(vkGetPhysicalDeviceQueueFamilyProperties) X(vkEnumerateDeviceExtensionProperties) X(vkCreateDevice) \
    X(vkGetDeviceProcAddr)

// Functions of instance extensions; may be null.
#define LLAMARADA_VK_INSTANCE_OPTIONAL(X) \
    X(vkCreateDebugUtilsMessengerEXT) X(vkDestroyDebugUtilsMessengerEXT) \
    X(vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR) X(vkGetPhysicalDeviceCalibrateableTimeDomainsEXT)

// Functions every Vulkan 1.3 device has.
#define LLAMARADA_VK_DEVICE(X) \
    X(vkDestroyDevice) X(vkGetDeviceQueue) X(vkDeviceWaitIdle) X(vkAllocateMemory) X(vkFreeMemory) X(vkMapMemory) \
    X(vkUnmapMemory) X(vkFlushMappedMemoryRanges) X(vkInvalidateMappedMemoryRanges) X(vkCreateBuffer) \
    X(vkDestroyBuffer) X(vkCreateBufferView) X(vkDestroyBufferView) X(vkGetBufferMemoryRequirements) X(vkBindBufferMemory) X(vkCreateShaderModule) \
    X(vkDestroyShaderModule) X(vkCreateDescriptorSetLayout) X(vkDestroyDescriptorSetLayout) \
    X(vkCreatePipelineLayout) X(vkDestroyPipelineLayout) X(vkCreateComputePipelines) X(vkDestroyPipeline) \
    X(vkCreatePipelineCache) X(vkDestroyPipelineCache) X(vkGetPipelineCacheData) X(vkCreateDescriptorPool) \
    X(vkDestroyDescriptorPool) X(vkAllocateDescriptorSets) X(vkUpdateDescriptorSets) X(vkCreateCommandPool) \
    X(vkDestroyCommandPool) X(vkAllocateCommandBuffers) X(vkFreeCommandBuffers) X(vkBeginCommandBuffer) \
    X(vkEndCommandBuffer) X(vkCmdBindPipeline) X(vkCmdBindDescriptorSets) X(vkCmdPushConstants) X(vkCmdDispatch) \
    X(vkCmdPipelineBarrier) X(vkCmdCopyBuffer) X(vkCmdFillBuffer) X(vkQueueSubmit) X(vkCreateFence) \
    X(vkDestroyFence) X(vkResetFences) X(vkWaitForFences) X(vkCreateQueryPool) X(vkDestroyQueryPool) \
    X(vkCmdResetQueryPool) X(vkCmdWriteTimestamp) X(vkGetQueryPoolResults)

// Functions of device extensions; may be null.
#define LLAMARADA_VK_DEVICE_OPTIONAL(X) \
    X(vkCmdBeginDebugUtilsLabelEXT) X(vkCmdEndDebugUtilsLabelEXT) X(vkSetDebugUtilsObjectNameEXT) \
    X(vkGetCalibratedTimestampsEXT) X(vkGetPipelineExecutablePropertiesKHR) \
    X(vkGetPipelineExecutableStatisticsKHR) X(vkGetPipelineExecutableInternalRepresentationsKHR)

/// Every Vulkan function that Llamarada calls. All calls go through such a table, so that tests can put a fault in any.
typedef struct LlamaradaVulkan {
    PFN_vkGetInstanceProcAddr vkGetInstanceProcAddr;
#define X(name) PFN_##name name;
    LLAMARADA_VK_GLOBAL(X)
    LLAMARADA_VK_INSTANCE(X)
    LLAMARADA_VK_INSTANCE_OPTIONAL(X)
    LLAMARADA_VK_DEVICE(X)
    LLAMARADA_VK_DEVICE_OPTIONAL(X)
#undef X
} LlamaradaVulkan;

/// Opens the Vulkan loader and fills the global functions. Returns null on success, else what is missing: the text of
/// dlerror() or the name of a function (valid until the next call of dlopen).
const char *llamarada_vulkan_load(LlamaradaVulkan *table);

/// Fills the instance functions; returns null or the name of the first required function that is missing.
const char *llamarada_vulkan_load_instance(LlamaradaVulkan *table, VkInstance instance);

/// Fills the device functions; returns null or the name of the first required function that is missing.
const char *llamarada_vulkan_load_device(LlamaradaVulkan *table, VkDevice device);

/// What one physical device is and can do: the answers of a dozen pNext structures, laid flat.
typedef struct LlamaradaPhysicalDevice {
    VkPhysicalDeviceProperties properties;
    char driverName[VK_MAX_DRIVER_NAME_SIZE];
    char driverInfo[VK_MAX_DRIVER_INFO_SIZE];
    uint32_t driverID;
    uint8_t deviceUUID[VK_UUID_SIZE];
    uint8_t driverUUID[VK_UUID_SIZE];
    uint64_t maxMemoryAllocationSize;
    uint64_t maxBufferSize;
    uint32_t subgroupSize, minSubgroupSize, maxSubgroupSize, maxComputeWorkgroupSubgroups;
    VkSubgroupFeatureFlags subgroupOperations;
    VkShaderStageFlags subgroupStages, requiredSubgroupSizeStages;
    bool subgroupSizeControl, computeFullSubgroups;
    bool shaderFloat16, shaderInt8, shaderInt16;
    bool storageBuffer16Bit, storageBuffer8Bit, uniformBuffer16Bit, uniformBuffer8Bit;
    bool vulkanMemoryModel, vulkanMemoryModelDeviceScope;
    bool integerDotProduct, integerDotProduct4x8PackedAccelerated;
    bool pipelineExecutableInfo;
    bool cooperativeMatrix;
    VkPhysicalDeviceMemoryProperties memory;
    /// Free bytes per heap by VK_EXT_memory_budget; zeros where the extension is missing.
    uint64_t heapBudget[VK_MAX_MEMORY_HEAPS];
    bool hasDebugUtils, hasMemoryBudget, hasCalibratedTimestamps, hasPipelineExecutable, hasCooperativeMatrixExtension;
} LlamaradaPhysicalDevice;

/// Asks for everything in `out`; of devices before Vulkan 1.3 for their properties and UUID alone.
VkResult llamarada_vulkan_describe(
    const LlamaradaVulkan *table, VkPhysicalDevice device, LlamaradaPhysicalDevice *out);

/// One shape of VK_KHR_cooperative_matrix with its enumerations as plain numbers.
typedef struct LlamaradaMatrixShape {
    uint32_t m, n, k, aType, bType, cType, resultType, scope;
} LlamaradaMatrixShape;

/// Writes up to `capacity` shapes and returns how many; 0 where the extension is missing.
uint32_t llamarada_vulkan_matrix_shapes(
    const LlamaradaVulkan *table, VkPhysicalDevice device, LlamaradaMatrixShape *out, uint32_t capacity);

/// Creates a logical device with one queue of `queueFamily`, enabling what `description` says exists.
VkResult llamarada_vulkan_create_device(
    const LlamaradaVulkan *table, VkPhysicalDevice physical, const LlamaradaPhysicalDevice *description,
    uint32_t queueFamily, VkDevice *out);

/// Creates one compute pipeline; `requiredSubgroupSize` 0 leaves the choice to the driver.
VkResult llamarada_vulkan_create_compute_pipeline(
    const LlamaradaVulkan *table, VkDevice device, VkPipelineCache cache, VkPipelineLayout layout,
    VkShaderModule module, const VkSpecializationInfo *specialization, uint32_t requiredSubgroupSize,
    bool requireFullSubgroups, VkPipelineCreateFlags flags, VkPipeline *out);

/// The version of Vulkan that Llamarada asks for.
static const uint32_t llamaradaVulkanVersion = VK_API_VERSION_1_3;
