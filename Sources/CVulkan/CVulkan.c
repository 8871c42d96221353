#include "CVulkan.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(name) \
    if (!table->name) return #name;

const char *llamarada_vulkan_load(LlamaradaVulkan *table) {
    memset(table, 0, sizeof *table);
    void *library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return dlerror();
    // The library stays open for the life of the process: drivers do not survive being unloaded.
    table->vkGetInstanceProcAddr = (PFN_vkGetInstanceProcAddr)dlsym(library, "vkGetInstanceProcAddr");
    REQUIRE(vkGetInstanceProcAddr)
#define X(name) \
    table->name = (PFN_##name)table->vkGetInstanceProcAddr(NULL, #name); \
    REQUIRE(name)
    LLAMARADA_VK_GLOBAL(X)
#undef X
    return NULL;
}

const char *llamarada_vulkan_load_instance(LlamaradaVulkan *table, VkInstance instance) {
#define X(name) table->name = (PFN_##name)table->vkGetInstanceProcAddr(instance, #name);
    LLAMARADA_VK_INSTANCE(X)
    LLAMARADA_VK_INSTANCE_OPTIONAL(X)
#undef X
    LLAMARADA_VK_INSTANCE(REQUIRE)
    return NULL;
}

const char *llamarada_vulkan_load_device(LlamaradaVulkan *table, VkDevice device) {
#define X(name) table->name = (PFN_##name)table->vkGetDeviceProcAddr(device, #name);
    LLAMARADA_VK_DEVICE(X)
    LLAMARADA_VK_DEVICE_OPTIONAL(X)
#undef X
    LLAMARADA_VK_DEVICE(REQUIRE)
    return NULL;
}

static VkResult note_extensions(const LlamaradaVulkan *table, VkPhysicalDevice device, LlamaradaPhysicalDevice *out) {
    uint32_t count = 0;
    VkResult result = table->vkEnumerateDeviceExtensionProperties(device, NULL, &count, NULL);
    if (result != VK_SUCCESS || count == 0) return result;
    VkExtensionProperties *all = calloc(count, sizeof *all);
    if (!all) return VK_ERROR_OUT_OF_HOST_MEMORY;
    result = table->vkEnumerateDeviceExtensionProperties(device, NULL, &count, all);
    for (uint32_t i = 0; i < count && result == VK_SUCCESS; i++) {
        const char *name = all[i].extensionName;
        out->hasMemoryBudget |= !strcmp(name, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
        out->hasCalibratedTimestamps |= !strcmp(name, VK_EXT_CALIBRATED_TIMESTAMPS_EXTENSION_NAME);
        out->hasPipelineExecutable |= !strcmp(name, VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME);
        out->hasCooperativeMatrixExtension |= !strcmp(name, VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME);
    }
    free(all);
    return result;
}

static void note_properties(const LlamaradaVulkan *table, VkPhysicalDevice device, LlamaradaPhysicalDevice *out) {
    VkPhysicalDeviceVulkan13Properties v13 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_PROPERTIES};
    VkPhysicalDeviceVulkan12Properties v12 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES, .pNext = &v13};
    VkPhysicalDeviceVulkan11Properties v11 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES, .pNext = &v12};
    VkPhysicalDeviceProperties2 all = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &v11};
    table->vkGetPhysicalDeviceProperties2(device, &all);
    memcpy(out->driverName, v12.driverName, sizeof out->driverName);
    memcpy(out->driverInfo, v12.driverInfo, sizeof out->driverInfo);
    out->driverID = v12.driverID;
    memcpy(out->deviceUUID, v11.deviceUUID, sizeof out->deviceUUID);
    memcpy(out->driverUUID, v11.driverUUID, sizeof out->driverUUID);
    out->maxMemoryAllocationSize = v11.maxMemoryAllocationSize;
    out->maxBufferSize = v13.maxBufferSize;
    out->subgroupSize = v11.subgroupSize;
    out->subgroupOperations = v11.subgroupSupportedOperations;
    out->subgroupStages = v11.subgroupSupportedStages;
    out->minSubgroupSize = v13.minSubgroupSize;
    out->maxSubgroupSize = v13.maxSubgroupSize;
    out->maxComputeWorkgroupSubgroups = v13.maxComputeWorkgroupSubgroups;
    out->requiredSubgroupSizeStages = v13.requiredSubgroupSizeStages;
    out->integerDotProduct4x8PackedAccelerated = v13.integerDotProduct4x8BitPackedSignedAccelerated;
}

// What tells a GPU from others, of drivers that are too old for the rest.
static void note_identity(const LlamaradaVulkan *table, VkPhysicalDevice device, LlamaradaPhysicalDevice *out) {
    if (out->properties.apiVersion < VK_API_VERSION_1_1) return;
    VkPhysicalDeviceIDProperties identity = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES};
    VkPhysicalDeviceProperties2 all = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &identity};
    table->vkGetPhysicalDeviceProperties2(device, &all);
    memcpy(out->deviceUUID, identity.deviceUUID, sizeof out->deviceUUID);
}

// The structures of features, linked; those of extensions only where the driver has them.
typedef struct FeatureChain {
    VkPhysicalDeviceFeatures2 core;
    VkPhysicalDeviceVulkan11Features v11;
    VkPhysicalDeviceVulkan12Features v12;
    VkPhysicalDeviceVulkan13Features v13;
    VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR executable;
    VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrix;
} FeatureChain;

static void link_features(FeatureChain *chain, bool withExecutable, bool withMatrix) {
    memset(chain, 0, sizeof *chain);
    chain->core.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
    chain->v11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES;
    chain->v12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
    chain->v13.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES;
    chain->executable.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR;
    chain->matrix.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR;
    chain->core.pNext = &chain->v11;
    chain->v11.pNext = &chain->v12;
    chain->v12.pNext = &chain->v13;
    void **end = &chain->v13.pNext;
    if (withExecutable) {
        *end = &chain->executable;
        end = &chain->executable.pNext;
    }
    if (withMatrix) *end = &chain->matrix;
}

static void note_features(const LlamaradaVulkan *table, VkPhysicalDevice device, LlamaradaPhysicalDevice *out) {
    FeatureChain chain;
    link_features(&chain, out->hasPipelineExecutable, out->hasCooperativeMatrixExtension);
    table->vkGetPhysicalDeviceFeatures2(device, &chain.core);
    out->shaderInt16 = chain.core.features.shaderInt16;
    out->storageBuffer16Bit = chain.v11.storageBuffer16BitAccess;
    out->uniformBuffer16Bit = chain.v11.uniformAndStorageBuffer16BitAccess;
    out->shaderFloat16 = chain.v12.shaderFloat16;
    out->shaderInt8 = chain.v12.shaderInt8;
    out->storageBuffer8Bit = chain.v12.storageBuffer8BitAccess;
    out->uniformBuffer8Bit = chain.v12.uniformAndStorageBuffer8BitAccess;
    out->vulkanMemoryModel = chain.v12.vulkanMemoryModel;
    out->vulkanMemoryModelDeviceScope = chain.v12.vulkanMemoryModelDeviceScope;
    out->subgroupSizeControl = chain.v13.subgroupSizeControl;
    out->computeFullSubgroups = chain.v13.computeFullSubgroups;
    out->integerDotProduct = chain.v13.shaderIntegerDotProduct;
    out->pipelineExecutableInfo = chain.executable.pipelineExecutableInfo;
    out->cooperativeMatrix = chain.matrix.cooperativeMatrix;
}

// What is enabled: all that was found, of what shaders use.
static void choose_features(FeatureChain *chain, const LlamaradaPhysicalDevice *found) {
    link_features(chain, found->pipelineExecutableInfo, found->cooperativeMatrix);
    chain->core.features.shaderInt16 = found->shaderInt16;
    chain->v11.storageBuffer16BitAccess = found->storageBuffer16Bit;
    chain->v11.uniformAndStorageBuffer16BitAccess = found->uniformBuffer16Bit;
    chain->v12.shaderFloat16 = found->shaderFloat16;
    chain->v12.shaderInt8 = found->shaderInt8;
    chain->v12.storageBuffer8BitAccess = found->storageBuffer8Bit;
    chain->v12.uniformAndStorageBuffer8BitAccess = found->uniformBuffer8Bit;
    chain->v12.vulkanMemoryModel = found->vulkanMemoryModel;
    chain->v12.vulkanMemoryModelDeviceScope = found->vulkanMemoryModelDeviceScope;
    chain->v13.subgroupSizeControl = found->subgroupSizeControl;
    chain->v13.computeFullSubgroups = found->computeFullSubgroups;
    chain->v13.shaderIntegerDotProduct = found->integerDotProduct;
    chain->v13.maintenance4 = VK_TRUE;
    chain->executable.pipelineExecutableInfo = found->pipelineExecutableInfo;
    chain->matrix.cooperativeMatrix = found->cooperativeMatrix;
}

static void note_memory(const LlamaradaVulkan *table, VkPhysicalDevice device, LlamaradaPhysicalDevice *out) {
    VkPhysicalDeviceMemoryBudgetPropertiesEXT budget = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
    VkPhysicalDeviceMemoryProperties2 memory = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2,
        .pNext = out->hasMemoryBudget ? &budget : NULL};
    table->vkGetPhysicalDeviceMemoryProperties2(device, &memory);
    out->memory = memory.memoryProperties;
    for (uint32_t i = 0; i < VK_MAX_MEMORY_HEAPS; i++) {
        // Usage counts other processes too and may exceed the budget for a moment.
        out->heapBudget[i] =
            budget.heapBudget[i] > budget.heapUsage[i] ? budget.heapBudget[i] - budget.heapUsage[i] : 0;
    }
}

VkResult llamarada_vulkan_describe(
    const LlamaradaVulkan *table, VkPhysicalDevice device, LlamaradaPhysicalDevice *out) {
    memset(out, 0, sizeof *out);
    VkPhysicalDeviceProperties2 basic = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2};
    table->vkGetPhysicalDeviceProperties2(device, &basic);
    out->properties = basic.properties;
    if (basic.properties.apiVersion < VK_API_VERSION_1_3) {
        note_identity(table, device, out);
        return VK_SUCCESS;
    }
    VkResult result = note_extensions(table, device, out);
    if (result != VK_SUCCESS) return result;
    note_properties(table, device, out);
    note_features(table, device, out);
    note_memory(table, device, out);
    return VK_SUCCESS;
}

uint32_t llamarada_vulkan_matrix_shapes(
    const LlamaradaVulkan *table, VkPhysicalDevice device, LlamaradaMatrixShape *out, uint32_t capacity) {
    uint32_t count = 0;
    if (!table->vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR) return 0;
    if (table->vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(device, &count, NULL) != VK_SUCCESS) return 0;
    VkCooperativeMatrixPropertiesKHR *all = calloc(count ? count : 1, sizeof *all);
    if (!all) return 0;
    for (uint32_t i = 0; i < count; i++) all[i].sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR;
    if (table->vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(device, &count, all) != VK_SUCCESS) count = 0;
    if (count > capacity) count = capacity;
    for (uint32_t i = 0; i < count; i++) {
        out[i] = (LlamaradaMatrixShape){
            all[i].MSize, all[i].NSize, all[i].KSize, all[i].AType,
            all[i].BType, all[i].CType, all[i].ResultType, all[i].scope};
    }
    free(all);
    return count;
}

VkResult llamarada_vulkan_create_device(
    const LlamaradaVulkan *table, VkPhysicalDevice physical, const LlamaradaPhysicalDevice *description,
    uint32_t queueFamily, VkDevice *out) {
    FeatureChain features;
    choose_features(&features, description);

    const char *extensions[4];
    uint32_t extensionCount = 0;
    if (description->pipelineExecutableInfo)
        extensions[extensionCount++] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
    if (description->hasCalibratedTimestamps)
        extensions[extensionCount++] = VK_EXT_CALIBRATED_TIMESTAMPS_EXTENSION_NAME;
    if (description->hasMemoryBudget) extensions[extensionCount++] = VK_EXT_MEMORY_BUDGET_EXTENSION_NAME;
    if (description->cooperativeMatrix) extensions[extensionCount++] = VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME;

    const float priority = 1;
    VkDeviceQueueCreateInfo queue = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
        .queueFamilyIndex = queueFamily,
        .queueCount = 1,
        .pQueuePriorities = &priority};
    VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .pNext = &features.core,
        .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queue,
        .enabledExtensionCount = extensionCount,
        .ppEnabledExtensionNames = extensions};
    return table->vkCreateDevice(physical, &info, NULL, out);
}

VkResult llamarada_vulkan_create_compute_pipeline(
    const LlamaradaVulkan *table, VkDevice device, VkPipelineCache cache, VkPipelineLayout layout,
    VkShaderModule module, const VkSpecializationInfo *specialization, uint32_t requiredSubgroupSize,
    bool requireFullSubgroups, VkPipelineCreateFlags flags, VkPipeline *out) {
    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo subgroup = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO,
        .requiredSubgroupSize = requiredSubgroupSize};
    VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .flags = flags,
        .stage =
            {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
             .pNext = requiredSubgroupSize ? &subgroup : NULL,
             .flags = requireFullSubgroups ? VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT : 0,
             .stage = VK_SHADER_STAGE_COMPUTE_BIT,
             .module = module,
             .pName = "main",
             .pSpecializationInfo = specialization},
        .layout = layout};
    return table->vkCreateComputePipelines(device, cache, 1, &info, NULL, out);
}
