# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# treewalk_laszip: LASzip's arithmetic coder, from its sources, which no Debian package has (cmake/setup.sh fetches
# them). Compiled into treewalk's library; nothing of it is shown to programs or installed.
set(TREEWALK_LASZIP "$ENV{TREEWALK_LASZIP}" CACHE PATH "LASzip's sources (the folder that holds src/laszip.hpp)")
if(NOT TREEWALK_LASZIP)
  set(TREEWALK_LASZIP "${PROJECT_SOURCE_DIR}/.deps/laszip" CACHE PATH "" FORCE)
endif()
if(NOT EXISTS "${TREEWALK_LASZIP}/src/laszip.hpp")
  message(FATAL_ERROR "LASzip's sources were not found in '${TREEWALK_LASZIP}'. Run 'bash cmake/setup.sh', set "
                      "TREEWALK_LASZIP to a folder that holds src/laszip.hpp, or set TREEWALK_LAZ=OFF.")
endif()
file(STRINGS "${TREEWALK_LASZIP}/src/laszip.hpp" version REGEX "define LASZIP_VERSION_(MAJOR|MINOR) ")
string(REGEX REPLACE "[^0-9]*([0-9]+)[^0-9]+([0-9]+).*" "\\1.\\2" version "${version}")
if(version VERSION_LESS 3.5) # older ones lose extra bytes
  message(FATAL_ERROR "LASzip in '${TREEWALK_LASZIP}' is ${version}; 3.5 or newer is needed.")
endif()

set(sources arithmeticdecoder arithmeticencoder arithmeticmodel integercompressor lasmessage
  lasreaditemcompressed_v1 lasreaditemcompressed_v2 lasreaditemcompressed_v3 lasreaditemcompressed_v4 lasreadpoint
  laswriteitemcompressed_v1 laswriteitemcompressed_v2 laswriteitemcompressed_v3 laswriteitemcompressed_v4 laswritepoint
  laszip mydefs)
list(TRANSFORM sources PREPEND "${TREEWALK_LASZIP}/src/")
list(TRANSFORM sources APPEND .cpp)
add_library(treewalk_laszip OBJECT ${sources})
target_include_directories(treewalk_laszip SYSTEM PUBLIC "${TREEWALK_LASZIP}/src" "${TREEWALK_LASZIP}/include/laszip")
target_compile_features(treewalk_laszip PUBLIC cxx_std_17)
# One of its files forgets a header. Its checks of itself would end the program where a file is damaged, and its sums
# overflow on purpose.
target_compile_options(treewalk_laszip PRIVATE -w -O3 -include filesystem -DNDEBUG -fno-strict-aliasing)
if(TREEWALK_SANITIZE)
  target_compile_options(treewalk_laszip PRIVATE -fno-sanitize=undefined)
endif()
treewalk_hide_symbols(treewalk_laszip)
