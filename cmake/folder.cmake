# A folder is a namespace and a target: weir_folder(proxy LINKS weir_balancer) makes weir_proxy
# of proxy/*.cpp.
function(weir_folder name)
  cmake_parse_arguments(FOLDER "" "" "LINKS;PRIVATE_LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cpp)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.h)
  add_library(weir_${name} STATIC ${sources})
  target_sources(weir_${name}
    PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
  target_link_libraries(weir_${name}
    PUBLIC ${FOLDER_LINKS} PRIVATE ${FOLDER_PRIVATE_LINKS} weir_flags)
endfunction()
