// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "treewalk/search.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// A field of a cloud whose numbers are columns of the rows to search among: one for each value of the field.
struct SearchField {
  std::string name;   ///< of a field; "rgb" stands for three columns: red, green and blue, from 0 to 1
  double weight = 1;  ///< what its numbers are multiplied by; finite
};

/// Rows of numbers out of a cloud's fields, such as queries for a VectorSearch among the same fields of another cloud.
/// Numbers of at most 16 bits, float32 ones, and colours become float32 once they are multiplied; others stay float64.
/// Colours are those of a packed field rgb or rgba, or of fields r, g, b or red, green, blue in 0 to 255. Throws Error
/// for no field at all, for one that the cloud does not have, and for a weight that is not finite.
/// \param cloud N points
/// \param fields in the order of their columns
/// \return [N,columns], row by row; empty for an empty cloud
TREEWALK_EXPORT std::vector<double> rows_of(const CloudView& cloud, const std::vector<SearchField>& fields);

/// Exact nearest neighbours, and rows within a radius, among rows of any number of columns: descriptors, positions with
/// colours, doubles. Immutable, so one search may serve many threads; it copies the rows. A row with a number that is
/// not finite is never found, and a query with one finds nothing. Equal distances are ordered by lower index, so every
/// result has one right answer.
///
/// Rows that float32 holds without loss have squared float32 distances, summed from the first column to the last with
/// every product rounded, and queries are rounded to float32; other rows have float64 ones, which decide the order and
/// are given rounded to float32. A row whose squared distance is beyond float32 is not found.
///
/// Up to three columns of float32 are searched as PointSearch does. Others lie in the leaves of a tree (nanoflann cuts
/// the space); where a few rows that try it have to look at most of the leaves anyway, as in many dimensions without
/// order, searches go through all of them instead, several queries together. What is found is the same to the bit.
class TREEWALK_EXPORT VectorSearch {
 public:
  /// Throws Error for less than one column, for an index that is out of range, and for rows that are too small or too
  /// large for float32's squared distances: in all columns within 2^-50, or the middle half of a column beyond 2^63.
  /// \param row [rows,columns]; may go once the search is made
  /// \param rows their number, below 2^31 - 1
  /// \param columns numbers of a row
  /// \param subset the rows to search among, in any order, each as often as it is named; null: all
  /// \param threads that make the search; 0: as many as the machine has cores
  VectorSearch(const float* row, std::int64_t rows, int columns, const std::vector<std::int32_t>* subset = nullptr,
               int threads = 0);
  /// \copydoc VectorSearch(const float*,std::int64_t,int,const std::vector<std::int32_t>*,int)
  VectorSearch(const double* row, std::int64_t rows, int columns, const std::vector<std::int32_t>* subset = nullptr,
               int threads = 0);
  /// Among the rows that rows_of gives. Throws Error as it does, and as above.
  /// \param cloud the points; may go once the search is made
  /// \param fields in the order of their columns
  /// \param subset the points of the cloud to search among, in any order; null: all
  /// \param threads that make the search; 0: as many as the machine has cores
  VectorSearch(const CloudView& cloud, const std::vector<SearchField>& fields,
               const std::vector<std::int32_t>* subset = nullptr, int threads = 0);
  ~VectorSearch();
  VectorSearch(VectorSearch&&) noexcept;  ///< The other may only be assigned to after that.
  /// Moves likewise.
  /// \return this
  VectorSearch& operator=(VectorSearch&&) noexcept;

  /// How many rows can be found.
  /// \return the number of finite ones
  std::int64_t size() const;
  /// \return numbers of a row, and of a query
  int columns() const;
  /// How it searches, for reports.
  /// \return "points" (as PointSearch), "tree" or "scan"; of float64 rows "tree of doubles" or "scan of doubles"
  const char* way() const;

  /// The k rows nearest to a query, nearest first, a row equal to it included.
  /// \param query [columns]
  /// \param k how many rows
  /// \param[out] index [k] room for the rows' indices
  /// \param[out] squared_distance [k] room for their distances
  /// \return how many there are: k, or fewer where the search has fewer rows; 0 for k < 1 and for a query that is not
  /// finite
  int nearest(const float* query, int k, std::int32_t* index, float* squared_distance) const;
  /// \copydoc nearest(const float*,int,std::int32_t*,float*)const
  int nearest(const double* query, int k, std::int32_t* index, float* squared_distance) const;

  /// All rows whose squared distance from a query is below the radius's square, both as distances are kept. None for a
  /// query that is not finite, or a radius that is not positive or not a number.
  /// \param query [columns]
  /// \param radius in the units of the rows
  /// \param[out] index the rows' indices
  /// \param[out] squared_distance their distances
  /// \param sorted nearest first; else in an order that does not change from run to run
  /// \param most the nearest so many of them; 0: all
  void within(const float* query, double radius, std::vector<std::int32_t>& index, std::vector<float>& squared_distance,
              bool sorted = true, std::int64_t most = 0) const;
  /// \copydoc within(const float*,double,std::vector<std::int32_t>&,std::vector<float>&,bool,std::int64_t)const
  void within(const double* query, double radius, std::vector<std::int32_t>& index,
              std::vector<float>& squared_distance, bool sorted = true, std::int64_t most = 0) const;

  using Take = PointSearch::Take;  ///< What one of many queries found.
  /// The k rows nearest to each of many queries, by several threads.
  /// \param query [queries,columns]
  /// \param queries their number, below 2^32
  /// \param k how many rows
  /// \param take called once for each query, in any order, by any of the threads
  /// \param threads 0: as many as the machine has cores
  void nearest(const float* query, std::int64_t queries, int k, const Take& take, int threads = 0) const;
  /// \copydoc nearest(const float*,std::int64_t,int,const Take&,int)const
  void nearest(const double* query, std::int64_t queries, int k, const Take& take, int threads = 0) const;
  /// All rows within a radius of each of many queries, by several threads.
  /// \param query [queries,columns]
  /// \param queries their number, below 2^32
  /// \param radius in the units of the rows
  /// \param take called once for each query, in any order, by any of the threads
  /// \param sorted nearest first; else in an order that does not change from run to run
  /// \param most the nearest so many of them; 0: all
  /// \param threads 0: as many as the machine has cores
  void within(const float* query, std::int64_t queries, double radius, const Take& take, bool sorted = true,
              std::int64_t most = 0, int threads = 0) const;
  /// \copydoc within(const float*,std::int64_t,double,const Take&,bool,std::int64_t,int)const
  void within(const double* query, std::int64_t queries, double radius, const Take& take, bool sorted = true,
              std::int64_t most = 0, int threads = 0) const;

 private:
  struct Rows;
  std::unique_ptr<const Rows> rows_;
};

/// @}
}  // namespace treewalk
